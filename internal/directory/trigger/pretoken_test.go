package trigger_test

import (
	"fmt"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"gatehouse/internal/directory/trigger"
)

// say returns the changes of one answer to one version of the event.
func say(t *testing.T, v int, response string) (trigger.TokenChanges, error) {
	t.Helper()
	l := lambda{answer: `{"response":` + response + `}`}
	return l.engine().PreToken(t.Context(), occasion(version(v)), tokenEvent())
}

func TestTokenChangesThatAreRead(t *testing.T) {
	role := "arn:aws:iam::000000000000:role/x"
	claim := func(name, value string) trigger.Claim { return trigger.Claim{Name: name, Value: []byte(value)} }
	tests := []struct {
		name     string
		version  int
		response string
		want     trigger.TokenChanges
	}{
		{"V1", 1, `{"claimsOverrideDetails":{"claimsToAddOrOverride":{"b":"2","a":"1","c":null},"claimsToSuppress":["email"],"groupOverrideDetails":{"groupsToOverride":["x"],"iamRolesToOverride":["r"],"preferredRole":"` + role + `"}}}`,
			trigger.TokenChanges{ID: trigger.ClaimChanges{Set: []trigger.Claim{claim("a", `"1"`), claim("b", `"2"`)}, Drop: []string{"email"}}, Groups: &trigger.GroupChanges{Groups: []string{"x"}, Roles: []string{"r"}, PreferredRole: &role}}},
		{"V1, nothing", 1, `{"claimsOverrideDetails":null}`, trigger.TokenChanges{}},
		{"V1, no groups", 1, `{"claimsOverrideDetails":{"groupOverrideDetails":{}}}`, trigger.TokenChanges{Groups: &trigger.GroupChanges{}}},
		{"V1, null groups", 1, `{"claimsOverrideDetails":{"groupOverrideDetails":null}}`, trigger.TokenChanges{Groups: &trigger.GroupChanges{}}},
		{"V1, groups left out", 1, `{"claimsOverrideDetails":{"claimsToSuppress":[]}}`, trigger.TokenChanges{ID: trigger.ClaimChanges{Drop: []string{}}}},
		{"V1 does not read V2", 1, `{"claimsAndScopeOverrideDetails":{"accessTokenGeneration":{"scopesToAdd":["a"]}}}`, trigger.TokenChanges{}},
		{"V2", 2, `{"claimsAndScopeOverrideDetails":{"idTokenGeneration":{"claimsToAddOrOverride":{"o":{"x":[1,true]}}},"accessTokenGeneration":{"claimsToAddOrOverride":{"n":1},"claimsToSuppress":["m"],"scopesToAdd":["api/read"],"scopesToSuppress":["openid"]}}}`,
			trigger.TokenChanges{ID: trigger.ClaimChanges{Set: []trigger.Claim{claim("o", `{"x":[1,true]}`)}}, Access: trigger.ClaimChanges{Set: []trigger.Claim{claim("n", "1")}, Drop: []string{"m"}}, AddScopes: []string{"api/read"}, DropScopes: []string{"openid"}}},
		{"V3, parts null", 3, `{"claimsAndScopeOverrideDetails":{"idTokenGeneration":null,"accessTokenGeneration":null}}`, trigger.TokenChanges{}},
	}
	for _, tt := range tests {
		got, err := say(t, tt.version, tt.response)
		if err != nil {
			t.Errorf("%s: %v", tt.name, err)
		}
		if diff := cmp.Diff(tt.want, got); diff != "" {
			t.Errorf("%s (-want +got):\n%s", tt.name, diff)
		}
	}
}

func TestTokenChangesThatAreRefused(t *testing.T) {
	many := make([]string, 5001)
	for i := range many {
		many[i] = fmt.Sprintf(`"c%d":"x"`, i)
	}
	tests := []struct {
		version  int
		response string
	}{
		{1, `{"claimsOverrideDetails":{"claimsToAddOrOverride":{"a":["x"]}}}`},
		{1, `{"claimsOverrideDetails":{"claimsToAddOrOverride":{"a":{}}}}`},
		{1, `{"claimsOverrideDetails":{"claimsToAddOrOverride":{"a":1}}}`},
		{1, `{"claimsOverrideDetails":{"claimsToAddOrOverride":["a"]}}`},
		{1, `{"claimsOverrideDetails":{"claimsToSuppress":"a"}}`},
		{1, `{"claimsOverrideDetails":{"groupOverrideDetails":{"groupsToOverride":"x"}}}`},
		{1, `{"claimsOverrideDetails":{"groupOverrideDetails":[]}}`},
		{1, `{"claimsOverrideDetails":[]}`},
		{1, `{"claimsOverrideDetails":{"claimsToAddOrOverride":{` + strings.Join(many, ",") + `}}}`},
		{2, `{"claimsAndScopeOverrideDetails":{"accessTokenGeneration":{"scopesToAdd":["a b"]}}}`},
		{2, `{"claimsAndScopeOverrideDetails":{"accessTokenGeneration":{"scopesToAdd":[""]}}}`},
		{2, `{"claimsAndScopeOverrideDetails":{"accessTokenGeneration":{"scopesToAdd":["a\"b"]}}}`},
		{2, `{"claimsAndScopeOverrideDetails":{"accessTokenGeneration":{"scopesToAdd":"a"}}}`},
		{2, `{"claimsAndScopeOverrideDetails":{"idTokenGeneration":{"claimsToAddOrOverride":{` + strings.Join(many[:2501], ",") + `}},"accessTokenGeneration":{"claimsToAddOrOverride":{` + strings.Join(many[:2500], ",") + `}}}}`},
	}
	for _, tt := range tests {
		_, err := say(t, tt.version, tt.response)
		wantError(t, fmt.Sprintf("V%d %.120s", tt.version, tt.response), err, trigger.ErrOutput, "Unrecognizable lambda output")
	}
}

package gatetest_test

import (
	"encoding/json"
	"maps"
	"math/rand/v2"
	"net/http"
	"slices"
	"testing"

	"gatehouse/internal/directory/cognitoapi"
	"gatehouse/internal/testing/gatetest"
)

// No request, however odd, may cause an internal error. Each seed is a request for
// one operation, made from the model.
func FuzzOperations(f *testing.F) {
	for seed := range uint64(2000) {
		f.Add(seed)
	}
	m := readModel(f).asTheServiceDoes()
	gt := gatetest.New(f)
	offered := cognitoapi.Offered()
	known := knownTo(gt)
	f.Fuzz(func(t *testing.T, seed uint64) {
		g := &generator{rand.New(rand.NewPCG(seed, 0)), m, t, known}
		operation := offered[g.IntN(len(offered))]
		in := g.value(m.Operations[operation].Input, "")
		w := (&caller{gt, t, gt.Handler}).call(operation, in)
		if w.Code >= 500 || w.Code != http.StatusOK && !json.Valid(w.Body.Bytes()) {
			text, _ := json.Marshal(in)
			t.Errorf("%s: %d %s\nrequest: %.2000s", operation, w.Code, w.Body, text)
		}
	})
}

// knownTo returns the names of what there is, by the members that can name it.
func knownTo(gt *gatetest.Server) map[string][]any {
	client, secret := *gt.MustClient().ClientId, gt.MustClient(gatetest.Confidential)
	gt.MustUser("alice")
	gt.MustUser("bob")
	gt.MustGroup("staff", "alice")
	tokens := gt.MustSignIn(client, "bob")
	return map[string][]any{
		"UserPoolId": {gt.Pool}, "ClientId": {client, *secret.ClientId}, "Username": {"alice", "bob", "carol"}, "GroupName": {"staff"}, "AccessToken": {*tokens.AccessToken},
		"RefreshToken": {*tokens.RefreshToken}, "Token": {*tokens.RefreshToken}, "ResourceArn": {"arn:aws:cognito-idp:us-east-1:000000000000:userpool/" + gt.Pool},
		"Password": {gatetest.Password}, "PreviousPassword": {gatetest.Password}, "ProposedPassword": {gatetest.Password}, "Secret": {*secret.ClientSecret}, "ClientSecret": {*secret.ClientSecret},
		"Name": {"email", "name", "custom:a", "sub", "phone_number", "updated_at", "birthdate"}, "Value": {"a@example.com", "+15555550100", "true", "1", "2000-01-01"},
		"UserAttributeNames": {[]any{"email"}}, "AttributesToGet": {[]any{"email"}}, "Filter": {`email = "a"`, `username ^= "b"`}, "ProviderDetails": {oidcDetails()},
		"AuthParameters":     {object{"USERNAME": "alice", "PASSWORD": gatetest.Password}, object{"USERNAME": "bob", "SRP_A": "ff"}, object{"REFRESH_TOKEN": *tokens.RefreshToken}},
		"ChallengeResponses": {object{"USERNAME": "alice", "NEW_PASSWORD": gatetest.Password}, object{"USERNAME": "alice", "ANSWER": "SMS_MFA"}},
		"RegionName":         {gatetest.Region}, "Identifier": {"api"}, "Scopes": {[]any{"api/read"}}, "ConfirmationCode": {"123456"},
	}
}

// generator makes values of the model's shapes.
type generator struct {
	*rand.Rand
	m     *model
	t     *testing.T
	known map[string][]any
}

// value returns a value of a shape: mostly one that means something, sometimes an odd
// one.
func (g *generator) value(shapeName, member string) any {
	s := g.m.Shapes[shapeName]
	switch n := g.IntN(20); {
	case member != "" && len(g.known[member]) > 0 && n < 15:
		return g.known[member][g.IntN(len(g.known[member]))]
	case member != "" && n == 19:
		odd := g.m.oddValues(shapeName, object{})
		return odd[g.IntN(len(odd))]
	}
	switch s.Type {
	case "structure":
		return g.structure(s)
	case "list":
		return slices.Collect(func(yield func(any) bool) {
			for range g.IntN(3) {
				if !yield(g.value(s.Member.Shape, "")) {
					return
				}
			}
		})
	case "map":
		return object{g.m.Shapes[s.Key.Shape].text(1, 0): g.value(s.Value.Shape, "")}
	case "string":
		if len(s.Enum) > 0 {
			return s.Enum[g.IntN(len(s.Enum))]
		}
	case "boolean":
		return g.IntN(2) == 0
	case "integer", "long":
		return s.least() + g.IntN(20)
	}
	return g.m.valid(g.t, shapeName)
}

// structure returns a structure with its required members and some others.
func (g *generator) structure(s *shape) any {
	out := object{}
	for _, name := range slices.Sorted(maps.Keys(s.Members)) {
		if slices.Contains(s.Required, name) && g.IntN(50) > 0 || g.IntN(3) == 0 {
			out[name] = g.value(s.Members[name].Shape, name)
		}
	}
	return out
}

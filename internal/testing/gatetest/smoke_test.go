package gatetest_test

import (
	"bytes"
	"encoding/json"
	"fmt"
	"maps"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"testing"

	"github.com/aws/aws-sdk-go-v2/aws"
	v4 "github.com/aws/aws-sdk-go-v2/aws/signer/v4"

	"gatehouse/internal/directory/cognitoapi"
	"gatehouse/internal/testing/gatetest"
)

// minimal returns a value of a shape that has only the required members. names
// holds values for members that must refer to existing objects.
func (m *model) minimal(shapeName, member string, names object, depth int) any {
	if v, ok := names[member]; ok {
		return v
	}
	s := m.Shapes[shapeName]
	if s == nil || depth > 6 {
		return "x"
	}
	switch s.Type {
	case "structure":
		out := object{}
		for _, name := range s.Required {
			out[name] = m.minimal(s.Members[name].Shape, name, names, depth+1)
		}
		return out
	case "list":
		return []any{m.minimal(s.Member.Shape, "", names, depth+1)}
	case "map":
		return object{}
	case "boolean":
		return true
	case "integer", "long":
		return max(s.least(), 1)
	case "timestamp":
		return 1
	}
	if len(s.Enum) > 0 {
		return s.Enum[0]
	}
	return strings.Repeat("a", max(s.least(), 1))
}

// oddValues returns unusual values of a shape, such as empty and huge ones.
func (m *model) oddValues(shapeName string, names object) []any {
	s := m.Shapes[shapeName]
	switch s.Type {
	case "structure":
		return []any{object{}, m.minimal(shapeName, "", names, 0)}
	case "list":
		return []any{[]any{}, []any{nil}, []any{m.minimal(s.Member.Shape, "", names, 0)}}
	case "map":
		return []any{object{}, object{"": ""}, object{"a": nil}}
	case "boolean":
		return []any{true, false}
	case "integer", "long":
		return []any{json.Number("0"), json.Number("-1"), json.Number("2147483647"), json.Number("-9223372036854775808"), json.Number("9223372036854775807"), json.Number("1e30"), json.Number("0.5")}
	case "timestamp":
		return []any{json.Number("-1"), json.Number("1e300")}
	}
	values := []any{"", "\x00", "a\r\nb", strings.Repeat("é", 3000), "\u202e", "İK"}
	for _, v := range s.Enum {
		values = append(values, v)
	}
	return values
}

// caller calls operations with bodies that the SDK would not send.
type caller struct {
	*gatetest.Server
	t       *testing.T
	handler http.Handler
}

func (c *caller) call(operation string, in any) *httptest.ResponseRecorder {
	body, err := json.Marshal(in)
	if err != nil {
		c.t.Fatal(err)
	}
	r := httptest.NewRequest(http.MethodPost, gatetest.URL+"/", bytes.NewReader(body))
	r.Header.Set("Content-Type", "application/x-amz-json-1.1")
	r.Header.Set("X-Amz-Target", "AWSCognitoIdentityProviderService."+operation)
	key := aws.Credentials{AccessKeyID: c.Key.ID, SecretAccessKey: c.Secret.Reveal()}
	if err := v4.NewSigner().SignHTTP(c.t.Context(), key, r, sha256Hex(string(body)), "cognito-idp", gatetest.Region, c.Now()); err != nil {
		c.t.Fatal(err)
	}
	w := httptest.NewRecorder()
	c.handler.ServeHTTP(w, r)
	return w
}

// No request may cause an internal error. The test sends each operation its
// required members only, each member with odd values, and all members empty.
func TestOddRequestsCauseNoInternalError(t *testing.T) { onBothDatabases(t, sendOddRequests) }

func sendOddRequests(t *testing.T, gt *gatetest.Server) {
	m := readModel(t)
	c := &caller{gt, t, gt.Handler}
	client := gt.MustClient()
	gt.MustUser("alice")
	names := object{
		"UserPoolId": gt.Pool, "ClientId": *client.ClientId, "Username": "alice", "ResourceArn": "arn:aws:cognito-idp:us-east-1:000000000000:userpool/" + gt.Pool,
		"AccessToken": *gt.MustSignIn(*client.ClientId, "alice").AccessToken, "GroupName": "staff", "Domain": "odd", "Identifier": "a",
		"Password": gatetest.Password, "PreviousPassword": gatetest.Password, "ProposedPassword": gatetest.Password, "AuthFlow": "ADMIN_USER_PASSWORD_AUTH",
	}
	c.call("CreateGroup", object{"UserPoolId": gt.Pool, "GroupName": "staff"})
	c.call("CreateResourceServer", object{"UserPoolId": gt.Pool, "Identifier": "a", "Name": "a", "Scopes": []any{}})
	c.call("CreateIdentityProvider", object{"UserPoolId": gt.Pool, "ProviderName": "corp", "ProviderType": "OIDC", "ProviderDetails": oidcDetails(), "IdpIdentifiers": []string{"corp"}})
	answered := map[int]int{}
	ends := []string{"DeleteUser", "AdminDeleteUser", "AdminDisableUser", "AdminResetUserPassword", "DeleteUserPoolClient", "DeleteUserPool", "DeleteGroup", "DeleteResourceServer", "DeleteIdentityProvider", "DeleteManagedLoginBranding", "DeleteTerms", "AdminDisableProviderForUser", "GlobalSignOut", "AdminUserGlobalSignOut"}
	for _, operation := range cognitoapi.Offered() {
		input, names := m.Operations[operation].Input, names
		if slices.Contains(ends, operation) { // use unknown names, so that the other operations keep their objects
			names = maps.Clone(names)
			names["UserPoolId"], names["Username"], names["ClientId"], names["AccessToken"] = "us-east-1_Gone00000", "nobody", "gone0000000000000000000000", "gone"
		}
		try := func(change string, in any) {
			t.Helper()
			w := c.call(operation, in)
			answered[w.Code]++
			if w.Code >= 500 {
				text, _ := json.Marshal(in)
				t.Errorf("%s, %s: status %d %s, want less than 500\nrequest: %.400s", operation, change, w.Code, w.Body, text)
			}
		}
		required := func() object { return m.minimal(input, "", names, 0).(object) }
		try("required", required())
		empty := required()
		for name, member := range m.Shapes[input].Members {
			for i, odd := range m.oddValues(member.Shape, names) {
				in := required()
				in[name] = odd
				try(fmt.Sprintf("%s odd %d", name, i), in)
			}
			if s := m.Shapes[member.Shape]; !slices.Contains(m.Shapes[input].Required, name) {
				switch s.Type {
				case "structure", "map":
					empty[name] = object{}
				case "list":
					empty[name] = []any{}
				}
				m.forEachOddMember(member.Shape, names, func(inner any) {
					in := required()
					in[name] = inner
					try(name+" inside", in)
				})
			}
		}
		try("all empty", empty)
	}
	if answered[http.StatusOK] < 100 || answered[http.StatusBadRequest] < 1000 {
		t.Errorf("answers by status: %v, want at least 100 of 200 and 1000 of 400; the requests do not reach the operations", answered)
	}
}

// forEachOddMember calls use with values of a structure, or of a list of
// structures. In each value, one member has an odd value.
func (m *model) forEachOddMember(shapeName string, names object, use func(any)) {
	s := m.Shapes[shapeName]
	wrap := func(v any) any { return v }
	if s.Type == "list" {
		wrap = func(v any) any { return []any{v} }
		shapeName = s.Member.Shape
		s = m.Shapes[shapeName]
	}
	if s == nil || s.Type != "structure" {
		return
	}
	for name, member := range s.Members {
		for _, odd := range m.oddValues(member.Shape, names) {
			in := m.minimal(shapeName, "", names, 0).(object)
			in[name] = odd
			use(wrap(in))
		}
	}
}

package token_test

import (
	"context"
	"errors"
	"slices"
	"testing"

	"gatehouse/internal/directory/token"
	"gatehouse/internal/directory/trigger"
	"gatehouse/internal/directory/user"
	"gatehouse/internal/directory/userpool"
	"gatehouse/internal/testing/gatetest/enginetest"
)

type obj = map[string]any

// tailor is a directory whose pool has a function for tokens.
type tailor struct {
	*enginetest.Directory
	saved int // grants
}

// counting counts the grants that are saved.
type counting struct {
	token.Store
	t *tailor
}

func (s counting) CreateGrant(ctx context.Context, g *token.Grant, perUser int, c token.Completion) error {
	err := s.Store.CreateGrant(ctx, g, perUser, c)
	if err == nil {
		s.t.saved++
	}
	return err
}

// tailored returns a directory, a client and a user. The pool's function for tokens
// answers with details.
func tailored(t *testing.T, version int, details obj) (*tailor, *userpool.Client, *user.User) {
	t.Helper()
	d := &tailor{Directory: enginetest.New(t, userpool.Settings{})}
	d.Tokens = token.New(token.Config{Store: counting{d.Store, d}, Pools: d.Pools, Users: d.Users, Triggers: d.Triggers, Sealer: d.Sealer, Now: d.Now, BaseURL: enginetest.BaseURL})
	d.AddResourceServer("https://api.example.com", "read")
	app := d.AddClient("app", func(c *userpool.Client) { c.Settings.Grants = append(c.Settings.Grants, userpool.GrantImplicit) })
	u := d.AddUser("alice", alice)
	d.AddGroups(u.Sub, &user.Group{Name: "staff", RoleARN: "arn:aws:iam::000000000000:role/staff"})
	member := "claimsOverrideDetails"
	if version > 1 {
		member = "claimsAndScopeOverrideDetails"
	}
	d.MustSet(func(s *userpool.Settings) { s.Triggers.TokenEvent = version })
	d.On(userpool.TriggerPreToken, func(e enginetest.Event) error {
		e.Respond(member, details)
		return nil
	})
	return d, app, u
}

func TestAFunctionChangesTheClaimsOfBothTokens(t *testing.T) {
	d, app, u := tailored(t, 2, obj{
		"idTokenGeneration": obj{
			"claimsToAddOrOverride": obj{"tenant": obj{"id": 7}, "name": "Somebody", "email_verified": "false", "sub": "evil", "aud": "evil", "cognito:username": "evil", "dev:x": "evil", "nonce": "evil", "acr": "evil", "amr": "evil", "both": "x"},
			"claimsToSuppress":      []string{"phone_number", "iss", "both", "dev:custom:secret"},
		},
		"accessTokenGeneration": obj{
			"claimsToAddOrOverride": obj{"tenant": []any{"a", 1, true}, "aud": "app", "client_id": "evil", "username": "evil", "exp": 1, "acr": "evil", "amr": "evil"},
			"claimsToSuppress":      []string{"token_use", "cognito:groups"},
			"scopesToAdd":           []string{"api/write", "openid", "api/write"}, "scopesToSuppress": []string{"openid"},
		},
	})
	tokens := signIn(t, d.Directory, app, u)
	id, access := payload(t, tokens.ID), payload(t, tokens.Access)
	if id["tenant"].(obj)["id"] != 7.0 || id["name"] != "Somebody" || id["email_verified"] != false || id["both"] != nil || id["phone_number"] != nil {
		t.Errorf("ID token %v, want what the function said", id)
	}
	if id["sub"] != string(u.Sub) || id["aud"] != "app" || id["cognito:username"] != "alice" || id["dev:x"] != nil || id["iss"] == nil || id["nonce"] != nil || id["acr"] != nil || id["amr"] != nil {
		t.Errorf("ID token %v, want protected claims as they are", id)
	}
	if list, ok := access["tenant"].([]any); !ok || len(list) != 3 || access["aud"] != "app" || access["scope"] != "aws.cognito.signin.user.admin api/write" || access["cognito:groups"] != nil {
		t.Errorf("access token %v, want what the function said", access)
	}
	if access["client_id"] != "app" || access["username"] != "alice" || access["token_use"] != "access" || access["exp"] == 1.0 || access["acr"] != nil || access["amr"] != nil {
		t.Errorf("access token %v, want protected claims as they are", access)
	}
	if _, err := d.Tokens.VerifyAccess(t.Context(), tokens.Access, userpool.ScopeUserAdmin); err != nil {
		t.Errorf("the access token is not valid: %v", err)
	}
}

func TestAFunctionChangesGroupsAndRolesOfBothTokens(t *testing.T) {
	for name, tt := range map[string]struct {
		groups      any
		want, roles []any
		preferred   any
	}{
		"others": {obj{"groupsToOverride": []string{"a", "b"}, "iamRolesToOverride": []string{"r"}, "preferredRole": "r"}, []any{"a", "b"}, []any{"r"}, "r"},
		"empty":  {obj{}, nil, nil, nil},
		"null":   {nil, nil, nil, nil},
	} {
		for version := 1; version <= 3; version++ {
			d, app, u := tailored(t, version, obj{"groupOverrideDetails": tt.groups})
			tokens := signIn(t, d.Directory, app, u)
			id, access := payload(t, tokens.ID), payload(t, tokens.Access)
			same := func(got any, want []any) bool { list, _ := got.([]any); return slices.Equal(list, want) }
			if !same(id["cognito:groups"], tt.want) || !same(access["cognito:groups"], tt.want) || !same(id["cognito:roles"], tt.roles) || id["cognito:preferred_role"] != tt.preferred {
				t.Errorf("%s, V%d: ID %v, access %v", name, version, id, access)
			}
		}
	}
	d, app, u := tailored(t, 1, obj{"claimsToAddOrOverride": obj{"a": "b"}})
	if id := payload(t, signIn(t, d.Directory, app, u).ID); id["cognito:groups"].([]any)[0] != "staff" || id["a"] != "b" {
		t.Errorf("groups that the function does not name: %v, want them as they are", id)
	}
	d, app, u = tailored(t, 1, obj{"claimsToSuppress": []string{"cognito:groups"}})
	if id := payload(t, signIn(t, d.Directory, app, u).ID); id["cognito:groups"] != nil || id["cognito:roles"] != nil || id["cognito:preferred_role"] != nil {
		t.Errorf("groups suppressed: %v, want no roles either", id)
	}
}

func TestTheFirstVersionLeavesTheAccessTokenAlone(t *testing.T) {
	d, app, u := tailored(t, 1, obj{"claimsToAddOrOverride": obj{"a": "b"}, "claimsToSuppress": []string{"scope"}})
	tokens := signIn(t, d.Directory, app, u)
	if access := payload(t, tokens.Access); access["a"] != nil || access["scope"] != userpool.ScopeUserAdmin {
		t.Errorf("access token %v", access)
	}
}

func TestClaimsOfAWrongTypeAreRefused(t *testing.T) {
	for name, details := range map[string]obj{
		"an address that is an object": {"idTokenGeneration": obj{"claimsToAddOrOverride": obj{"address": obj{"street": "x"}}}},
		"verified, a list":             {"idTokenGeneration": obj{"claimsToAddOrOverride": obj{"email_verified": []any{true}}}},
		"scopes that are a list":       {"accessTokenGeneration": obj{"claimsToAddOrOverride": obj{"scope": []any{"a"}}}},
	} {
		d, app, u := tailored(t, 2, details)
		_, err := d.Tokens.IssueForSignIn(t.Context(), token.IssueInput{Pool: d.Pool, Client: app, User: u})
		wants(t, err, trigger.ErrOutput)
		if d.saved != 0 {
			t.Errorf("%s: %d grants, want none", name, d.saved)
		}
	}
}

func TestEachWayToTokensNamesItsSource(t *testing.T) {
	d, app, u := tailored(t, 3, nil)
	machine := d.AddClient("machine", func(c *userpool.Client) {
		d.Confidential(c)
		c.Settings.Grants, c.Settings.Scopes = []string{userpool.GrantClientCredentials}, []string{"https://api.example.com/read"}
	})
	first := signIn(t, d.Directory, app, u)
	must[*token.Tokens](t)(d.Tokens.Refresh(t.Context(), app, token.RefreshInput{Token: first.Refresh, Metadata: map[string]string{"a": "b"}}))
	must[*token.Tokens](t)(exchange(d.Directory, app, code(t, d.Directory, u, "scope", "openid")))
	authorize(t, d.Directory, u, "response_type", "token", "scope", "openid")
	must[*token.Tokens](t)(d.Tokens.ClientCredentials(t.Context(), d.Pool, machine, token.MachineRequest{Metadata: map[string]string{"c": "d"}}))
	events := d.Functions.Events()
	want := "TokenGeneration_Authentication TokenGeneration_RefreshTokens TokenGeneration_HostedAuth TokenGeneration_HostedAuth TokenGeneration_ClientCredentials"
	if got := d.Functions.Sources(); got != want {
		t.Fatalf("sources %s, want %s", got, want)
	}
	if events[1].Request()["clientMetadata"].(obj)["a"] != "b" || events[4].Request()["clientMetadata"].(obj)["c"] != "d" || events[2].Request()["clientMetadata"] != nil {
		t.Errorf("metadata of %v", events)
	}
	if scopes := events[2].Request()["scopes"].([]any); len(scopes) != 1 || scopes[0] != "openid" {
		t.Errorf("scopes %v, want those of the code", scopes)
	}
}

func TestAMachineIsAskedAboutByTheThirdVersionAlone(t *testing.T) {
	for version, want := range map[int]string{1: "", 2: "", 3: "TokenGeneration_ClientCredentials"} {
		d, _, _ := tailored(t, version, obj{"accessTokenGeneration": obj{"claimsToAddOrOverride": obj{"a": 1}, "scopesToAdd": []string{"x"}}})
		machine := d.AddClient("machine", func(c *userpool.Client) {
			d.Confidential(c)
			c.Settings.Grants, c.Settings.Scopes = []string{userpool.GrantClientCredentials}, []string{"https://api.example.com/read"}
		})
		tokens := must[*token.Tokens](t)(d.Tokens.ClientCredentials(t.Context(), d.Pool, machine, token.MachineRequest{}))
		claims := payload(t, tokens.Access)
		changed := claims["a"] == 1.0 && claims["scope"] == "https://api.example.com/read x"
		if got := d.Functions.Sources(); got != want || changed != (want != "") {
			t.Errorf("V%d: sources %q, claims %v", version, got, claims)
		}
	}
}

func TestAFunctionThatRefusesCostsNoCodeAndWritesNothing(t *testing.T) {
	d, app, u := tailored(t, 1, nil)
	first := signIn(t, d.Directory, app, u)
	c := code(t, d.Directory, u, "scope", "openid")
	before := d.saved
	d.On(userpool.TriggerPreToken, func(enginetest.Event) error { return errors.New("not now") })
	_, err := d.Tokens.IssueForSignIn(t.Context(), token.IssueInput{Pool: d.Pool, Client: app, User: u})
	wants(t, err, trigger.ErrRefused)
	_, err = exchange(d.Directory, app, c)
	wants(t, err, trigger.ErrRefused)
	_, err = d.Tokens.Refresh(t.Context(), app, token.RefreshInput{Token: first.Refresh})
	wants(t, err, trigger.ErrRefused)
	back := refusedAuthorization(t, d.Directory, u, "response_type", "token", "scope", "openid")
	if back.Name != "invalid_request" || back.Description != "PreTokenGeneration failed with error not now." {
		t.Errorf("redirected with %+v", back)
	}
	if d.saved != before {
		t.Errorf("%d grants, want %d", d.saved, before)
	}
	d.On(userpool.TriggerPreToken, func(enginetest.Event) error { return nil })
	must[*token.Tokens](t)(exchange(d.Directory, app, c))
}

func refusedAuthorization(t *testing.T, d *enginetest.Directory, u *user.User, pairs ...string) *token.RedirectError {
	t.Helper()
	req := must[*token.AuthorizationRequest](t)(d.Tokens.CheckAuthorization(t.Context(), d.Pool, request(pairs...)))
	_, err := d.Tokens.Authorize(t.Context(), req, token.SignedIn{User: u, AuthTime: d.Now(), Provider: userpool.ProviderCognito})
	back, ok := errors.AsType[*token.RedirectError](err)
	if !ok {
		t.Fatalf("error %v, want a redirect", err)
	}
	return back
}

// While a function thinks, the user may be disabled or get another password: then
// the sign-in must not leave a grant behind.
func TestAUserWhoChangesDuringTheFunctionIsRefused(t *testing.T) {
	for name, change := range map[string]func(d *tailor) error{
		"disabled": func(d *tailor) error { return d.Accounts.SetEnabled(t.Context(), d.Pool, "bob", false) },
		"a new password": func(d *tailor) error {
			return d.Accounts.SetPassword(t.Context(), d.Pool, "bob", enginetest.Password, true)
		},
		"deleted": func(d *tailor) error { return d.Accounts.Delete(t.Context(), d.Pool, "bob") },
	} {
		d, app, _ := tailored(t, 1, nil)
		u := d.MustUser("bob")
		d.On(userpool.TriggerPreToken, func(enginetest.Event) error { return change(d) })
		_, err := d.Tokens.IssueForSignIn(t.Context(), token.IssueInput{Pool: d.Pool, Client: app, User: u})
		if !errors.Is(err, token.ErrOvertaken) && !errors.Is(err, user.ErrUserNotFound) {
			t.Errorf("%s: error %v", name, err)
		}
		if d.saved != 0 {
			t.Errorf("%s: %d grants, want none", name, d.saved)
		}
	}
}

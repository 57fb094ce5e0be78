package cognitoapi

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"testing"

	"gatehouse/internal/directory/cognitoapi/wire"
)

func TestChangesWithAnAccessKeyAreAudited(t *testing.T) {
	place(t)
	log := &bytes.Buffer{}
	s := newServer()
	s.Audit = slog.New(slog.NewJSONHandler(log, nil))
	for _, call := range []struct{ operation, key, body string }{
		{"AdminDeleteUser", "AKIA1", `{"UserPoolId":"us-east-1_Staff0001","Username":"ann"}`},
		{"AdminEnableUser", "AKIA1", `{"UserPoolId":"us-east-1_Staff0001","Username":"bob"}`},
		{"AdminDeleteUser", "AKIA1", `{"UserPoolId":"us-east-1_Staff0001"}`}, // refused
		{"AdminDeleteUser", "", `{"UserPoolId":"us-east-1_Staff0001","Username":"ann"}`},
		{"AdminGetUser", "AKIA1", `{"UserPoolId":"us-east-1_Staff0001","Username":"ann"}`},
		{"InitiateAuth", "", `{"AuthFlow":"USER_PASSWORD_AUTH","ClientId":"c","AuthParameters":{"USERNAME":"ann","PASSWORD":"Correct horse 1"}}`},
		{"CreateUserPool", "AKIA2", `{"PoolName":"staff"}`},
	} {
		r := httptest.NewRequest(http.MethodPost, "/", strings.NewReader(call.body))
		r.Header.Set("Content-Type", contentType)
		r.Header.Set("X-Amz-Target", targetPrefix+call.operation)
		if call.key != "" {
			r.Header.Set("Authorization", call.key)
		}
		s.ServeHTTP(httptest.NewRecorder(), r)
	}
	var got []string
	for text := range strings.Lines(log.String()) {
		var line map[string]any
		if err := json.Unmarshal([]byte(text), &line); err != nil {
			t.Fatal(err)
		}
		got = append(got, fmt.Sprint(line["actor"], " ", line["actor_id"], " ", line["action"], " ", line["target"], " ", line["user"], " ", line["pool_name"], " ", line["outcome"]))
	}
	want := []string{
		"access-key AKIA1 AdminDeleteUser us-east-1_Staff0001 ann <nil> done", "access-key AKIA1 AdminEnableUser us-east-1_Staff0001 bob <nil> done",
		"access-key AKIA1 AdminDeleteUser us-east-1_Staff0001 <nil> <nil> not-done", "access-key AKIA2 CreateUserPool  <nil> staff done",
	}
	if !slices.Equal(got, want) {
		t.Errorf("got  %q\nwant %q", got, want)
	}
}

// An operation whose name does not say that it reads counts as a change.
func TestWhichOperationsChange(t *testing.T) {
	var reads []string
	for _, op := range wire.Table() {
		if op.Auth == wire.AuthSignature && !changes(&op) {
			reads = append(reads, op.Name)
		}
	}
	for _, name := range []string{"AdminCreateUser", "AdminSetUserPassword", "DeleteUserPool", "AdminUserGlobalSignOut", "CreateUserImportJob", "AdminRevokeUserSession", "UpdateProvisionedLimit"} {
		if slices.Contains(reads, name) {
			t.Errorf("%s is not audited", name)
		}
	}
	for _, name := range []string{"AdminGetUser", "ListUsers", "DescribeUserPool", "GetCSVHeader", "AdminInitiateAuth", "AdminRespondToAuthChallenge"} {
		if !slices.Contains(reads, name) {
			t.Errorf("%s is audited, and changes nothing", name)
		}
	}
}

// A member of the model that was renamed would be missing from the trail in silence.
func TestTheTargetsAreMembersOfTheModel(t *testing.T) {
	ins := []any{
		&wire.AdminAddUserToGroupInput{UserPoolID: new("x"), Username: new("x"), GroupName: new("x")},
		&wire.UpdateUserPoolClientInput{ClientID: new("x"), ClientName: new("x")}, &wire.CreateUserPoolInput{PoolName: new("x")},
		&wire.UpdateIdentityProviderInput{ProviderName: new("x")}, &wire.CreateResourceServerInput{Identifier: new("x")}, &wire.CreateUserPoolDomainInput{Domain: new("x")},
		&wire.StartUserImportJobInput{JobID: new("x")}, &wire.CreateUserImportJobInput{JobName: new("x")}, &wire.TagResourceInput{ResourceARN: new("x")}, &wire.AdminForgetDeviceInput{DeviceKey: new("x")},
	}
	for _, target := range append(slices.Clone(targets), struct{ member, attr string }{"UserPoolId", ""}) {
		if !slices.ContainsFunc(ins, func(in any) bool { return textMember(in, target.member) == "x" }) {
			t.Errorf("no input has the member %s", target.member)
		}
	}
}

// Nobody knows how much a handler did that panicked: the change is written down, and not
// as done.
func TestAChangeWhoseHandlerPanickedIsNotDone(t *testing.T) {
	place(t)
	log := &bytes.Buffer{}
	s := newServer()
	s.Audit = slog.New(slog.NewJSONHandler(log, nil))
	s.Operations.AdminDeleteUser = func(context.Context, *wire.AdminDeleteUserInput) (*wire.AdminDeleteUserOutput, error) {
		panic("broken")
	}
	r := httptest.NewRequest(http.MethodPost, "/", strings.NewReader(`{"UserPoolId":"us-east-1_Staff0001","Username":"ann"}`))
	r.Header.Set("Content-Type", contentType)
	r.Header.Set("X-Amz-Target", targetPrefix+"AdminDeleteUser")
	r.Header.Set("Authorization", "AKIA1")
	defer func() {
		if recover() == nil || strings.Count(log.String(), "\n") != 1 || !strings.Contains(log.String(), `"outcome":"not-done"`) || !strings.Contains(log.String(), `"action":"AdminDeleteUser"`) {
			t.Errorf("got %s, want one line that says not-done", log)
		}
	}()
	s.ServeHTTP(httptest.NewRecorder(), r)
}

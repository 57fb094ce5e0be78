package gatetest_test

import (
	"net/http"
	"net/http/httptest"
	"reflect"
	"strings"
	"testing"

	"gatehouse/internal/testing/gatetest"
)

func TestDynamicClientRegistration(t *testing.T) {
	gt := gatetest.New(t)
	c := &caller{gt, t, gt.Handler}
	shown := func(pool any) any {
		return c.must("DescribeUserPool", object{"UserPoolId": pool})["UserPool"].(object)["DcrConfiguration"]
	}
	defaults := object{"EnableStatus": "Enabled", "OpenDcrEnabled": false, "AuthenticatedGrantTypes": []any{"code", "client_credentials"}, "OpenDcrGrantTypes": []any{"code"}}
	pool := c.must("CreateUserPool", object{"PoolName": "p", "DcrConfiguration": object{}})["UserPool"].(object)["Id"]
	if got := shown(pool); !reflect.DeepEqual(got, any(defaults)) {
		t.Errorf("an empty structure means %v, want %v", got, defaults)
	}
	c.must("UpdateUserPool", object{"UserPoolId": pool})
	if got := shown(pool); !reflect.DeepEqual(got, any(defaults)) {
		t.Errorf("after an update without it: %v, want %v", got, defaults)
	}
	for name, bad := range map[string]object{
		"a machine for everybody": {"OpenDcrGrantTypes": []any{"code", "client_credentials"}},
		"registering others":      {"AllowedScopes": []any{"aws.cognito/dcr/register"}},
		"no scope":                {"AllowedScopes": []any{"everything"}},
	} {
		for operation, in := range map[string]object{"CreateUserPool": {"PoolName": "q"}, "UpdateUserPool": {"UserPoolId": pool}} {
			in["DcrConfiguration"] = bad
			_, err := raw(gt, t, operation, in)
			wantException(t, operation+" with "+name, err, invalid, "")
		}
	}
	if got := shown(pool); !reflect.DeepEqual(got, any(defaults)) {
		t.Errorf("after refused updates: %v, want %v", got, defaults)
	}

	c.must("UpdateUserPool", object{"UserPoolId": pool, "DcrConfiguration": object{"OpenDcrEnabled": true}})
	regular := c.must("CreateUserPoolClient", object{"UserPoolId": pool, "ClientName": "own"})["UserPoolClient"].(object)
	answer := register(gt, pool.(string))
	if answer.Code != http.StatusCreated {
		t.Fatalf("registering: %d %s", answer.Code, answer.Body)
	}
	for kind, want := range map[string]string{"REGULAR": "own", "DCR": "Notes"} {
		list := c.must("ListUserPoolClients", object{"UserPoolId": pool, "ClientType": kind})["UserPoolClients"].([]any)
		if len(list) != 1 || list[0].(object)["ClientName"] != want {
			t.Errorf("clients of the type %s: %v, want %s alone", kind, list, want)
			continue
		}
		client := c.must("DescribeUserPoolClient", object{"UserPoolId": pool, "ClientId": list[0].(object)["ClientId"]})["UserPoolClient"].(object)
		if client["ClientType"] != kind {
			t.Errorf("%s has the type %v, want %s", want, client["ClientType"], kind)
		}
	}
	if list := c.must("ListUserPoolClients", object{"UserPoolId": pool})["UserPoolClients"].([]any); len(list) != 2 || regular["ClientType"] != "REGULAR" {
		t.Errorf("all clients: %v, want both", list)
	}

	c.must("UpdateUserPool", object{"UserPoolId": pool, "DcrConfiguration": object{"EnableStatus": "Disabled"}})
	if answer := register(gt, pool.(string)); answer.Code != http.StatusNotFound {
		t.Errorf("registering after it was turned off: %d %s", answer.Code, answer.Body)
	}
}

func register(gt *gatetest.Server, pool string) *httptest.ResponseRecorder {
	r := httptest.NewRequest("POST", gatetest.URL+"/"+pool+"/oauth2/register", strings.NewReader(`{"client_name":"Notes","redirect_uris":["https://notes.example.net/"]}`))
	r.Header.Set("Content-Type", "application/json")
	w := httptest.NewRecorder()
	gt.Handler.ServeHTTP(w, r)
	return w
}

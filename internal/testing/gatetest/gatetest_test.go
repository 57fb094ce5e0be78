package gatetest_test

import (
	"testing"

	"gatehouse/internal/testing/gatetest"
)

func TestNew(t *testing.T) {
	gt := gatetest.New(t)
	client := *gt.MustClient().ClientId
	gt.MustUser("alice")
	gt.MustGroup("staff", "alice")
	if gt.MustSignIn(client, "alice").AccessToken == nil {
		t.Error("sign-in with a password returned no access token")
	}
	out, err := gt.SRP(client, "alice", gatetest.Password)
	if err != nil || out.AuthenticationResult == nil {
		t.Errorf("SRP: %+v, %v, want tokens", out, err)
	}
}

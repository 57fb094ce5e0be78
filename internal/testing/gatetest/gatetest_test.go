package gatetest_test

import (
	"testing"

	"gatehouse/internal/testing/gatetest"
)

func TestTheServerInOneLine(t *testing.T) {
	gt := gatetest.New(t)
	client := *gt.MustClient().ClientId
	gt.MustUser("alice")
	gt.MustGroup("staff", "alice")
	if gt.MustSignIn(client, "alice").AccessToken == nil {
		t.Error("no access token")
	}
	out, err := gt.SRP(client, "alice", gatetest.Password)
	if err != nil || out.AuthenticationResult == nil {
		t.Errorf("SRP: %+v, %v", out, err)
	}
}

package account_test

import (
	"testing"

	"gatehouse/internal/base/seal"
	"gatehouse/internal/directory/account"
	"gatehouse/internal/directory/trigger"
	"gatehouse/internal/directory/userpool"
	"gatehouse/internal/testing/gatetest/enginetest"
)

// clear is a configuration in which one function gets codes in clear.
type clear struct {
	trigger.Functions
	arn string
}

func (c clear) ClearCodes(arn string) bool { return arn == c.arn }

// Only the function of which the configuration says so gets codes in clear.
func TestAFunctionGetsCodesInClear(t *testing.T) {
	for arn, want := range map[string]bool{enginetest.FunctionARN + "CustomEmailSender": true, enginetest.FunctionARN + "CustomSMSSender": false} {
		d := newSender(t, verifying(), userpool.TriggerCustomEmailSender)
		d.Triggers.Functions = clear{d.Triggers.Functions, arn}
		_, _, err := d.Accounts.SignUp(t.Context(), d.Pool, d.tells, account.SignUp{Username: "bob", Password: right, Attributes: enginetest.Pairs("email", "bob@example.com")})
		wantErr(t, "signing up", err, nil)
		code, _ := d.Functions.Events()[0].Request()["code"].(string)
		if got := len(code) == 6; got != want {
			t.Errorf("%s gets a code of %d characters in the request, want it in clear: %t", arn, len(code), want)
		}
		if want {
			wantErr(t, "the code", d.confirm(d.tells, "bob", seal.Secret(code)), nil)
		}
	}
}

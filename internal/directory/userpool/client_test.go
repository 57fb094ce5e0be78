package userpool_test

import (
	"strings"
	"testing"

	"gatehouse/internal/directory/userpool"
)

func TestMayReadAndMayWrite(t *testing.T) {
	all, some := &userpool.Client{}, &userpool.Client{Settings: userpool.ClientSettings{
		ReadAttributes: []string{"email", "dev:custom:note"}, WriteAttributes: []string{"name", "custom:badge", "email_verified", "dev:custom:note"},
	}}
	tests := []struct {
		attribute                                  string
		allReads, allWrites, someReads, someWrites bool
	}{
		{"sub", true, false, true, false},
		{"name", true, true, false, true},
		{"email", true, true, true, false},
		{"email_verified", true, false, false, false},
		{"phone_number_verified", true, false, false, false},
		{"custom:badge", true, false, false, true},
		{"dev:custom:note", false, false, false, false},
	}
	for _, test := range tests {
		got := [4]bool{all.MayRead(test.attribute), all.MayWrite(test.attribute), some.MayRead(test.attribute), some.MayWrite(test.attribute)}
		if want := [4]bool{test.allReads, test.allWrites, test.someReads, test.someWrites}; got != want {
			t.Errorf("%s: %v, want %v", test.attribute, got, want)
		}
	}
}

func TestAllowsFlow(t *testing.T) {
	tests := []struct {
		flows []string
		want  string
	}{
		{nil, "ALLOW_USER_SRP_AUTH ALLOW_REFRESH_TOKEN_AUTH ALLOW_CUSTOM_AUTH"},
		{[]string{}, "ALLOW_USER_SRP_AUTH ALLOW_REFRESH_TOKEN_AUTH ALLOW_CUSTOM_AUTH"},
		{[]string{"ALLOW_USER_PASSWORD_AUTH"}, "ALLOW_USER_PASSWORD_AUTH"},
		{[]string{"USER_PASSWORD_AUTH"}, "USER_PASSWORD_AUTH ALLOW_USER_SRP_AUTH ALLOW_REFRESH_TOKEN_AUTH"},
		{[]string{"CUSTOM_AUTH_FLOW_ONLY"}, "CUSTOM_AUTH_FLOW_ONLY ALLOW_REFRESH_TOKEN_AUTH"},
	}
	for _, test := range tests {
		c := &userpool.Client{Settings: userpool.ClientSettings{AuthFlows: test.flows}}
		for _, flow := range []string{"ALLOW_USER_SRP_AUTH", "ALLOW_USER_PASSWORD_AUTH", "ALLOW_ADMIN_USER_PASSWORD_AUTH", "ALLOW_REFRESH_TOKEN_AUTH", "ALLOW_CUSTOM_AUTH", "USER_PASSWORD_AUTH", "CUSTOM_AUTH_FLOW_ONLY"} {
			want := strings.Contains(" "+test.want+" ", " "+flow+" ")
			if got := c.AllowsFlow(flow); got != want {
				t.Errorf("%q: %s allowed %t, want %t", test.flows, flow, got, want)
			}
		}
	}
}

package policy_test

import (
	"testing"

	"gatehouse/internal/gateway/policy"
)

func TestInvalidClientCertificate(t *testing.T) {
	checkCriterion(t, "invalid_client_certificate", []criterionCase{
		{`true`, visitor(), true, "client-certificate-required"},
		{`true`, policy.Request{Certificate: laptop()}, true, "invalid-client-certificate"},
		{`true`, policy.Request{Certificate: laptop(), CertificateValid: true}, false, "valid-client-certificate"},
		{`true`, policy.Request{CertificateValid: true}, true, "client-certificate-required"},
	})
}

func TestARequiredCertificateComesBeforeSigningIn(t *testing.T) {
	p := compileAccess(t, policy.Access{AnyUser: true, RequireCertificate: true})
	tests := []struct {
		name string
		r    policy.Request
		want policy.Outcome
	}{
		{"none", visitor(), policy.CertificateRequired},
		{"bad", policy.Request{Certificate: laptop(), Identity: alice()}, policy.CertificateRequired},
		{"good, nobody", policy.Request{Certificate: laptop(), CertificateValid: true}, policy.SignIn},
		{"good", policy.Request{Certificate: laptop(), CertificateValid: true, Identity: alice()}, policy.Allow},
	}
	for _, tt := range tests {
		if d := p.Decide(&tt.r); d.Outcome != tt.want {
			t.Errorf("%s: %v, want %v", tt.name, d.Outcome, tt.want)
		}
	}
	checkSays(t, p.Decide(new(visitor())).Explain(), "you must present a valid client certificate")
}

package userpool

import (
	"errors"
	"testing"
)

func TestWhoSendsAPoolsEmail(t *testing.T) {
	const arn = "arn:aws:ses:us-east-1:000000000000:identity/"
	tests := []struct {
		what   string
		s      EmailSettings
		sender string
		fits   bool
	}{
		{"nothing", EmailSettings{}, "", true},
		{"an address for the identity", EmailSettings{Developer: true, SourceARN: arn + "hello@example.com"}, "hello@example.com", true},
		{"the default account with an identity", EmailSettings{SourceARN: arn + "hello@example.com"}, "hello@example.com", true},
		{"a name with the identity's address", EmailSettings{Developer: true, SourceARN: arn + "hello@example.com", From: "Hello <Hello@Example.com>"}, "Hello <Hello@Example.com>", true},
		{"an address of the identity's domain", EmailSettings{Developer: true, SourceARN: arn + "example.com", From: "a@example.com"}, "a@example.com", true},
		{"an address of a subdomain", EmailSettings{Developer: true, SourceARN: arn + "example.com", From: "a@mail.example.com"}, "a@mail.example.com", true},
		{"an address alone", EmailSettings{From: "a@example.com"}, "a@example.com", true},
		{"a reply address", EmailSettings{ReplyTo: "help@example.com"}, "", true},
		{"DEVELOPER without an identity", EmailSettings{Developer: true, From: "a@example.com"}, "a@example.com", false},
		{"a domain without an address", EmailSettings{Developer: true, SourceARN: arn + "example.com"}, "", false},
		{"another domain's address", EmailSettings{Developer: true, SourceARN: arn + "example.com", From: "a@notexample.com"}, "a@notexample.com", false},
		{"another address", EmailSettings{Developer: true, SourceARN: arn + "hello@example.com", From: "b@example.com"}, "b@example.com", false},
		{"an ARN of another service", EmailSettings{Developer: true, SourceARN: "arn:aws:sns:us-east-1:000000000000:identity/a@example.com"}, "a@example.com", false},
		{"no address", EmailSettings{From: "nobody"}, "nobody", false},
		{"two addresses", EmailSettings{From: "a@example.com, b@example.com"}, "a@example.com, b@example.com", false},
		{"a reply address with a name", EmailSettings{ReplyTo: "Help <help@example.com>"}, "", false},
	}
	for _, test := range tests {
		if got := test.s.Sender(); got != test.sender {
			t.Errorf("%s: sender %q, want %q", test.what, got, test.sender)
		}
		if err := test.s.Check(); (err == nil) != test.fits || err != nil && !errors.Is(err, ErrSettings) {
			t.Errorf("%s: %v, want it to fit: %t", test.what, err, test.fits)
		}
	}
}

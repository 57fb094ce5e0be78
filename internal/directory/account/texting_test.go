package account_test

import (
	"testing"

	"github.com/google/go-cmp/cmp"

	"gatehouse/internal/directory/user"
	"gatehouse/internal/directory/userpool"
	"gatehouse/internal/message"
)

// The SMS of a pool say who sends them, as its owner chose. Other messages do not.
func TestWhoSendsTheSMSOfAPool(t *testing.T) {
	for name, tt := range map[string]struct {
		sms  *userpool.SMSConfiguration
		want message.Identity
	}{
		"nothing chosen": {nil, message.Identity{}},
		"SNS":            {&userpool.SMSConfiguration{CallerARN: "arn:aws:iam::000000000000:role/sms", Region: "eu-west-1"}, message.Identity{Region: "eu-west-1"}},
		"End User Messaging": {
			&userpool.SMSConfiguration{EUMS: &userpool.EUMS{CallerARN: "arn:aws:iam::000000000000:role/sms", Origin: "+15559990000", ConfigurationSet: "set", Entity: "1", Template: "2"}},
			message.Identity{Texting: &message.Texting{Region: "us-east-1", Origin: "+15559990000", ConfigurationSet: "set", Entity: "1", Template: "2"}},
		},
	} {
		t.Run(name, func(t *testing.T) {
			d := newDesk(t, userpool.Settings{SMS: tt.sms, Recovery: []userpool.RecoveryOption{{Name: "verified_phone_number", Priority: 1}, {Name: "verified_email", Priority: 2}}})
			d.alice()
			d.MustEdit("alice", func(u *user.User) {
				u.Attributes["phone_number"], u.Attributes["phone_number_verified"] = "+15550001111", "true"
			})
			if got, err := d.forgot(d.tells, "alice"); err != nil || got.Medium != "SMS" {
				t.Fatalf("%+v, %v", got, err)
			}
			sent := d.Outbox.Sent()
			if diff := cmp.Diff(tt.want, sent[len(sent)-1].Sender); diff != "" {
				t.Errorf("sender (-want +got):\n%s", diff)
			}
		})
	}
}

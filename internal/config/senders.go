package config

import (
	"net/mail"
	"net/url"

	"gatehouse/internal/base/seal"
	"gatehouse/internal/base/settings"
)

// SES is Amazon SES for the directory's e-mail.
type SES struct {
	// The region of SES, for example `eu-central-1`.
	Region string `key:"region"`

	// The access key that may send (`ses:SendEmail`). Left out: that of the
	// environment, in the variables of AWS's own programs (`AWS_ACCESS_KEY_ID`,
	// `AWS_SECRET_ACCESS_KEY`, `AWS_SESSION_TOKEN`), the role of a service account of
	// EKS (`AWS_ROLE_ARN`, `AWS_WEB_IDENTITY_TOKEN_FILE`), the role of a container of
	// ECS or EKS (`AWS_CONTAINER_CREDENTIALS_…`), or the role of the instance of EC2. The
	// first of them counts. An instance is asked for its role by IMDSv2, at
	// `AWS_EC2_METADATA_SERVICE_ENDPOINT` or the usual address; in a container of its own
	// network that needs a hop limit of 2. `AWS_EC2_METADATA_DISABLED=true` stops that. If
	// nothing has a key, the log says so at the start.
	AccessKeyID string `key:"access_key_id"`

	// The secret of that access key.
	SecretAccessKey seal.Secret `key:"secret_access_key"`

	// The session token of that access key, if it is a temporary one. A temporary key
	// ends in some hours: better leave out all three, where a role has keys.
	SessionToken seal.Secret `key:"session_token"`

	// The address of another program that speaks the API of SES. Left out: AWS's
	// address of the region.
	Endpoint *url.URL `key:"endpoint"`

	// The sender of messages, `Name <address>` or an address alone. The
	// `EmailConfiguration` of a pool can name another one.
	From string `key:"from"`
}

// SMS is how the directory sends SMS: one of the two.
type SMS struct {
	// Amazon SNS.
	SNS *SNS `key:"sns"`

	// A program of your own that gets each message.
	Webhook *SMSWebhook `key:"webhook"`
}

// SNS is Amazon SNS for the directory's SMS.
type SNS struct {
	// The region of SNS. The `SnsRegion` of a pool can name another one.
	Region string `key:"region"`

	// The access key that may send (`sns:Publish`, and `sms-voice:SendTextMessage` if a
	// pool has `EumsSms`). Left out: as for `directory.ses`.
	AccessKeyID string `key:"access_key_id"`

	// The secret of that access key.
	SecretAccessKey seal.Secret `key:"secret_access_key"`

	// The session token of that access key, if it is a temporary one. A temporary key
	// ends in some hours: better leave out all three, where a role has keys.
	SessionToken seal.Secret `key:"session_token"`

	// The address of another program that speaks the API of SNS. Left out: AWS's
	// address of the region. For pools with `EumsSms` it speaks that of End User
	// Messaging, too.
	Endpoint *url.URL `key:"endpoint"`

	// The name that phones show as the sender, in countries that allow one.
	SenderID string `key:"sender_id"`
}

// SMSWebhook is a program that sends SMS. It gets a POST of JSON with `to`, `text`,
// `pool` and `purpose`, and answers with a status from 200 to 299 when it has taken
// the message. The header `Gatehouse-Signature` is `t=<seconds since 1970>,id=<UUID>,v1=<MAC>`.
// The MAC is the HMAC-SHA256, in hex, of `<t>.<id>.<body>` with the secret: the
// program refuses another one, an old time, and an id that it has seen.
type SMSWebhook struct {
	// The address of the program.
	URL *url.URL `key:"url"`

	// The secret that signs the requests: at least 32 characters.
	Secret seal.Secret `key:"secret"`
}

// checkSenders checks what sends the directory's messages besides a mail server.
func (k *checker) checkSenders(d *Directory) {
	if s := d.SES; s != nil {
		if d.SMTP != nil {
			k.fail("directory.ses", "a second sender of e-mail", "allowed", "take out directory.smtp or directory.ses")
		}
		k.checkAWS("directory.ses", s.Region, s.Endpoint)
		k.checkKey("directory.ses", s.AccessKeyID, s.SecretAccessKey, s.SessionToken, "write the access key that may send")
		if _, err := mail.ParseAddress(s.From); s.From == "" {
			k.missing("directory.ses.from", "write the sender of messages")
		} else if err != nil {
			k.fail("directory.ses.from", settings.Quote(s.From), "an e-mail address", "")
		}
	}
	if d.SMS != nil {
		k.checkSMS(d.SMS)
	}
	if d.FactorNotices && d.SMTP == nil && d.SES == nil {
		k.missing("directory.smtp", "directory.factor_notices needs it, or directory.ses")
	}
}

func (k *checker) checkSMS(s *SMS) {
	switch {
	case s.SNS == nil && s.Webhook == nil:
		k.missing("directory.sms.webhook", "write directory.sms.webhook or directory.sms.sns")
	case s.SNS != nil && s.Webhook != nil:
		k.fail("directory.sms.webhook", "a second sender of SMS", "allowed", "take out directory.sms.sns or directory.sms.webhook")
	}
	if n := s.SNS; n != nil {
		k.checkAWS("directory.sms.sns", n.Region, n.Endpoint)
		k.checkKey("directory.sms.sns", n.AccessKeyID, n.SecretAccessKey, n.SessionToken, "write the access key that may send")
	}
	if h := s.Webhook; h != nil {
		if h.URL == nil {
			k.missing("directory.sms.webhook.url", "write the address of the program that sends SMS")
		} else {
			k.secureURL("directory.sms.webhook.url", h.URL)
		}
		if len(h.Secret.Reveal()) < 32 {
			k.fail("directory.sms.webhook.secret", "too short", "at least 32 characters", "openssl rand -hex 32 makes one")
		}
	}
}

func (k *checker) checkAWS(path, region string, endpoint *url.URL) {
	if !regionForm.MatchString(region) {
		k.fail(path+".region", settings.Quote(region), "the name of a region", "for example us-east-1")
	}
	if endpoint != nil {
		k.secureURL(path+".endpoint", endpoint)
	}
}

// checkKey checks an access key of AWS, which the environment may have in its place.
func (k *checker) checkKey(path, id string, secret, token seal.Secret, hint string) {
	if id == "" && secret == "" && token == "" {
		if !k.c.aws.Given() {
			k.missing(path+".access_key_id", hint+", or set AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY")
		}
		return
	}
	k.checkHalf(path+".access_key_id", id != "", path+".secret_access_key", secret != "")
	if token != "" && id == "" {
		k.missing(path+".access_key_id", path+".session_token needs it")
	}
}

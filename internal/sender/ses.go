package sender

import (
	"cmp"
	"context"
	"encoding/json"

	"gatehouse/internal/message"
)

// SES sends e-mail through Amazon SES.
type SES struct {
	AWS  AWS
	From string // "Name <address>" or a bare address
}

// sesContent is a text of an e-mail. SES: Content.
type sesContent struct{ Data, Charset string }

// Send hands m to SES. For another medium than e-mail it returns message.ErrNotConfigured.
// SES: API version 2, SendEmail.
func (s *SES) Send(ctx context.Context, m *message.Message) error {
	if m.Medium != message.Email {
		return message.ErrNotConfigured
	}
	if err := m.CheckRecipient(); err != nil {
		return err
	}
	text := &sesContent{m.Body.Reveal(), "UTF-8"}
	type sesBody struct {
		HTML *sesContent `json:"Html,omitempty"`
		Text *sesContent `json:",omitempty"`
	}
	type simple struct {
		Subject sesContent
		Body    sesBody
	}
	body := sesBody{Text: text}
	if m.HTML {
		body = sesBody{HTML: text}
	}
	in, err := json.Marshal(struct {
		FromEmailAddress            string
		FromEmailAddressIdentityArn string `json:",omitempty"`
		Destination                 struct{ ToAddresses []string }
		ReplyToAddresses            []string `json:",omitempty"`
		Content                     struct{ Simple simple }
		ConfigurationSetName        string `json:",omitempty"`
	}{
		FromEmailAddress: cmp.Or(m.Sender.From, s.From), FromEmailAddressIdentityArn: m.Sender.ARN,
		Destination: struct{ ToAddresses []string }{[]string{m.To}}, ReplyToAddresses: list(m.Sender.ReplyTo),
		Content:              struct{ Simple simple }{simple{sesContent{message.OneLine(m.Subject), "UTF-8"}, body}},
		ConfigurationSetName: m.Sender.ConfigurationSet,
	})
	if err != nil {
		return message.ErrDelivery.Because(err)
	}
	return s.AWS.call(ctx, awsRequest{service: "ses", host: "email", region: s.AWS.Region, path: "/v2/email/outbound-emails", contentType: "application/json", body: in})
}

// list returns a list of s alone, or nil if s is empty.
func list(s string) []string {
	if s == "" {
		return nil
	}
	return []string{s}
}

package sender

import (
	"cmp"
	"context"
	"net/url"
	"strconv"

	"gatehouse/internal/message"
)

// SNS sends SMS through Amazon SNS, or those of a pool that chose it through AWS End
// User Messaging, with the same account.
type SNS struct {
	AWS      AWS
	SenderID string // the name that phones show, where the country allows one; "": SNS decides
}

// Send hands m to SNS, in the region that m names or else in that of the account.
// For another medium than SMS it returns message.ErrNotConfigured. SNS: Publish.
func (s *SNS) Send(ctx context.Context, m *message.Message) error {
	if m.Medium != message.SMS {
		return message.ErrNotConfigured
	}
	if err := m.CheckRecipient(); err != nil {
		return err
	}
	if m.Sender.Texting != nil {
		return s.text(ctx, m)
	}
	form := url.Values{"Action": {"Publish"}, "Version": {"2010-03-31"}, "PhoneNumber": {m.To}, "Message": {m.Body.Reveal()}}
	attributes := [][2]string{{"AWS.SNS.SMS.SMSType", "Transactional"}}
	if s.SenderID != "" {
		attributes = append(attributes, [2]string{"AWS.SNS.SMS.SenderID", s.SenderID})
	}
	for i, a := range attributes {
		entry := "MessageAttributes.entry." + strconv.Itoa(i+1)
		form.Set(entry+".Name", a[0])
		form.Set(entry+".Value.DataType", "String")
		form.Set(entry+".Value.StringValue", a[1])
	}
	return s.AWS.call(ctx, awsRequest{
		service: "sns", host: "sns", region: cmp.Or(m.Sender.Region, s.AWS.Region), path: "/",
		contentType: "application/x-www-form-urlencoded; charset=utf-8", body: []byte(form.Encode()),
	})
}

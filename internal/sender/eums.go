package sender

import (
	"context"
	"encoding/json"

	"gatehouse/internal/message"
)

// textMessage is the request SendTextMessage of AWS End User Messaging SMS.
type textMessage struct {
	To               string            `json:"DestinationPhoneNumber"`
	Text             string            `json:"MessageBody"`
	Kind             string            `json:"MessageType"`
	Origin           string            `json:"OriginationIdentity,omitempty"`
	ConfigurationSet string            `json:"ConfigurationSetName,omitempty"`
	Country          map[string]string `json:"DestinationCountryParameters,omitempty"`
}

// text hands m to End User Messaging.
func (s *SNS) text(ctx context.Context, m *message.Message) error {
	t := m.Sender.Texting
	q := textMessage{To: m.To, Text: m.Body.Reveal(), Kind: "TRANSACTIONAL", Origin: t.Origin, ConfigurationSet: t.ConfigurationSet, Country: map[string]string{}}
	for name, value := range map[string]string{"IN_ENTITY_ID": t.Entity, "IN_TEMPLATE_ID": t.Template} {
		if value != "" {
			q.Country[name] = value
		}
	}
	body, err := json.Marshal(q)
	if err != nil {
		return message.ErrDelivery.Because(err)
	}
	return s.AWS.call(ctx, awsRequest{
		service: "sms-voice", host: "sms-voice", region: t.Region, path: "/",
		contentType: "application/x-amz-json-1.0", target: "PinpointSMSVoiceV2.SendTextMessage", body: body,
	})
}

package sender

import (
	"context"
	"encoding/json"
	"net/http"
	"time"

	"gatehouse/internal/base/seal"
	"gatehouse/internal/base/web"
	"gatehouse/internal/message"
)

// Webhook sends SMS through a program of the operator: it gets each message as a
// POST of JSON, signed as [seal.Secret.Sign] says. Any status from 200 to 299 means
// that the program has taken the message.
type Webhook struct {
	URL    string
	Secret seal.Secret

	Client *http.Client // must follow no redirect, and end a call in time
	Now    func() time.Time
}

// hookMessage is the body of the request.
type hookMessage struct {
	Medium  message.Medium `json:"medium"`
	To      string         `json:"to"`
	Text    string         `json:"text"`
	Pool    string         `json:"pool"`
	Purpose string         `json:"purpose"`
}

// Send hands m to the program. For another medium than SMS it returns
// message.ErrNotConfigured.
func (h *Webhook) Send(ctx context.Context, m *message.Message) error {
	if m.Medium != message.SMS {
		return message.ErrNotConfigured
	}
	if err := m.CheckRecipient(); err != nil {
		return err
	}
	body, err := json.Marshal(hookMessage{Medium: m.Medium, To: m.To, Text: m.Body.Reveal(), Pool: m.Pool, Purpose: m.Purpose})
	if err != nil {
		return message.ErrDelivery.Because(err)
	}
	r, err := web.SignedPost(ctx, h.URL, h.Secret, h.Now(), body)
	if err != nil {
		return message.ErrDelivery.Because(err)
	}
	return post(h.Client, r, "webhook")
}

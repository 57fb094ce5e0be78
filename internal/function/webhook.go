package function

import (
	"bytes"
	"context"
	"crypto/hmac"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"net/http"
	"net/url"
	"strconv"
	"time"

	"gatehouse/internal/base/ids"
	"gatehouse/internal/base/seal"
)

// The headers of a webhook's request.
const (
	SignatureHeader = "Gatehouse-Signature"
	functionHeader  = "Gatehouse-Function" // the ARN
)

// Webhook is an address that gets the event as a POST and answers with the event
// and its response, status 200. The header Gatehouse-Signature has the time, an
// id that no other request has, and a MAC of both and of the body:
//
//	t=<seconds since 1970>,id=<UUID>,v1=<hex of HMAC-SHA256(secret, "<t>.<id>.<body>")>
//
// A receiver that refuses old times and ids that it has seen cannot be deceived
// by a request that is sent again. Each try is a new request.
type Webhook struct {
	URL    *url.URL
	Secret seal.Secret

	Client *http.Client // must follow no redirect
	Now    func() time.Time
}

func (w *Webhook) call(ctx context.Context, arn string, event []byte) ([]byte, error) {
	r, err := http.NewRequestWithContext(ctx, http.MethodPost, w.URL.String(), bytes.NewReader(event))
	if err != nil {
		return nil, fmt.Errorf("make the request for %s: %w", arn, err)
	}
	r.Header.Set("Content-Type", "application/json")
	r.Header.Set(functionHeader, arn)
	r.Header.Set(SignatureHeader, w.sign(event))
	answer, body, err := post(w.Client, r)
	if err != nil {
		return nil, err
	}
	if answer.StatusCode == http.StatusOK {
		return body, nil
	}
	if err := thrown(body); err != nil {
		return nil, err
	}
	failed := ErrFailed
	if answer.StatusCode == http.StatusTooManyRequests || answer.StatusCode == http.StatusServiceUnavailable {
		failed = ErrBusy
	}
	return nil, failed.Saying("HTTP %d", answer.StatusCode)
}

func (w *Webhook) sign(event []byte) string {
	t, id := strconv.FormatInt(w.Now().Unix(), 10), ids.UUID()
	mac := hmac.New(sha256.New, []byte(w.Secret.Reveal()))
	mac.Write([]byte(t + "." + id + "."))
	mac.Write(event)
	return "t=" + t + ",id=" + id + ",v1=" + hex.EncodeToString(mac.Sum(nil))
}

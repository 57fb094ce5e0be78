package function

import (
	"context"
	"fmt"
	"net/http"
	"net/url"
	"time"

	"gatehouse/internal/base/seal"
	"gatehouse/internal/base/web"
)

// functionHeader is the header of a webhook's request that has the ARN.
const functionHeader = "Gatehouse-Function"

// Webhook is an address that gets the event as a POST, signed as [seal.Secret.Sign]
// says, and answers with the event and its response, status 200. Each try is a new
// request.
type Webhook struct {
	URL    *url.URL
	Secret seal.Secret

	Client *http.Client // must follow no redirect
	Now    func() time.Time
}

func (w *Webhook) call(ctx context.Context, arn string, event []byte) ([]byte, error) {
	r, err := web.SignedPost(ctx, w.URL.String(), w.Secret, w.Now(), event)
	if err != nil {
		return nil, fmt.Errorf("make the request for %s: %w", arn, err)
	}
	r.Header.Set(functionHeader, arn)
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

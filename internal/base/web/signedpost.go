package web

import (
	"bytes"
	"context"
	"net/http"
	"time"

	"gatehouse/internal/base/seal"
)

// SignedPost returns the request with which Gatehouse hands JSON to a webhook of the
// operator, signed as [seal.Secret.Sign] says. The client that sends it must follow no
// redirect.
func SignedPost(ctx context.Context, to string, secret seal.Secret, now time.Time, body []byte) (*http.Request, error) {
	r, err := http.NewRequestWithContext(ctx, http.MethodPost, to, bytes.NewReader(body))
	if err != nil {
		return nil, err
	}
	r.Header.Set("Content-Type", "application/json")
	r.Header.Set(seal.SignatureHeader, secret.Sign(now, body))
	return r, nil
}

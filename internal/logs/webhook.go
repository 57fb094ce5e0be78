package logs

import (
	"context"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"time"

	"gatehouse/internal/base/seal"
	"gatehouse/internal/base/web"
)

// destinationHeader is the header of a webhook's request that has the ARN.
const destinationHeader = "Gatehouse-Destination"

// Webhook is an address that gets each entry as a POST, signed as [seal.Secret.Sign]
// says, and answers with a status from 200 to 299.
type Webhook struct {
	URL    *url.URL
	Secret seal.Secret

	Client *http.Client // must follow no redirect
	Now    func() time.Time
}

func (w *Webhook) put(ctx context.Context, arn string, e Entry) error {
	r, err := web.SignedPost(ctx, w.URL.String(), w.Secret, w.Now(), e.Text)
	if err != nil {
		return fmt.Errorf("make the request for %s: %w", arn, err)
	}
	r.Header.Set(destinationHeader, arn)
	_, _, err = send(w.Client, r)
	return err
}

// maxAnswer is how much of an answer is read.
const maxAnswer = 64 << 10

// send sends a request and returns the answer's status and body. An error if the
// status is not one of success.
func send(client *http.Client, r *http.Request) (status int, body []byte, err error) {
	answer, err := client.Do(r)
	if err != nil {
		return 0, nil, err
	}
	defer answer.Body.Close()
	body, err = io.ReadAll(io.LimitReader(answer.Body, maxAnswer))
	if answer.StatusCode < 200 || answer.StatusCode > 299 {
		err = fmt.Errorf("status %d", answer.StatusCode)
	}
	return answer.StatusCode, body, err
}

package relyingparty

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"time"

	"gatehouse/internal/base/web"
)

// callTimeout limits one call to a provider, and maxAnswer the size of its
// answer in bytes.
const (
	callTimeout = 10 * time.Second
	maxAnswer   = 1 << 20
)

var errTooLarge = fmt.Errorf("the answer is larger than %d bytes", maxAnswer)

// NewHTTPClient returns the client for calls to providers over transport. It
// follows no redirects, and limits the time of a call and the size of an answer.
// nil means web.NewTransport.
func NewHTTPClient(transport http.RoundTripper) *http.Client {
	if transport == nil {
		transport = web.NewTransport()
	}
	return web.NewClient(limited{transport}, callTimeout)
}

// limited makes reading an answer fail beyond maxAnswer.
type limited struct{ next http.RoundTripper }

func (l limited) RoundTrip(r *http.Request) (*http.Response, error) {
	resp, err := l.next.RoundTrip(r)
	if err == nil {
		resp.Body = &limitedBody{ReadCloser: resp.Body, left: maxAnswer}
	}
	return resp, err
}

type limitedBody struct {
	io.ReadCloser
	left int64
}

func (b *limitedBody) Read(p []byte) (int, error) {
	if b.left < 0 {
		return 0, errTooLarge
	}
	// One byte more than allowed shows that the answer is too large.
	n, err := b.ReadCloser.Read(p[:min(int64(len(p)), b.left+1)])
	b.left -= int64(n)
	if b.left < 0 {
		return 0, errTooLarge
	}
	return n, err
}

// getJSON fetches target into v. For the advice, what names the thing, and
// setting the configuration key that holds its address.
func getJSON(ctx context.Context, client *http.Client, step Step, what, setting, target string, header http.Header, v any) error {
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, target, nil)
	if err != nil {
		return failed(step, ErrUnreachable, "The address of the %s is not a URL. Check %s.", what, setting).because(err)
	}
	if header != nil {
		req.Header = header
	}
	req.Header.Set("Accept", "application/json")
	resp, err := client.Do(req)
	if err != nil {
		return unreachable(step, what, setting, err)
	}
	defer resp.Body.Close()
	body, err := io.ReadAll(resp.Body)
	if err != nil {
		return unreadable(step, what, err)
	}
	if resp.StatusCode != http.StatusOK {
		return failed(step, refusalOf(resp.StatusCode), "The %s answered with HTTP status %d. Check %s.", what, resp.StatusCode, setting).
			answered(resp.StatusCode, "", "")
	}
	if err := unmarshal(body, v); err != nil {
		return failed(step, ErrUnreachable, "The %s did not answer with JSON. Check %s.", what, setting).because(err).answered(resp.StatusCode, "", "")
	}
	return nil
}

func unreachable(step Step, what, setting string, err error) *StepError {
	if errors.Is(err, errTooLarge) {
		return unreadable(step, what, err)
	}
	// url.Error repeats the whole URL, which may hold secrets.
	if ue, ok := errors.AsType[*url.Error](err); ok {
		err = ue.Err
	}
	return failed(step, ErrUnreachable, "The %s could not be reached. Check %s and the network between.", what, setting).because(err)
}

func unreadable(step Step, what string, err error) *StepError {
	return failed(step, ErrUnreachable, "The answer of the %s could not be read.", what).because(err)
}

// Package awssdk makes the AWS SDK for Go fit for tests.
//
// The SDK (smithy-go) closes the body of a request as soon as the head of the
// response is there. A closed body answers WriteTo with io.EOF instead of nil.
// If the transport is just then looking for the end of the body, it takes io.EOF
// for a failed write and closes the connection, and the caller can't read the
// rest of the response: "use of closed network connection". On a busy machine
// one call in some thousands fails so. [HTTPClient] keeps the SDK from it.
package awssdk

import (
	"bytes"
	"io"
	"net/http"
)

// HTTPClient returns a client for the SDK's option HTTPClient. It reads the body
// of a request before it sends the request by c.
func HTTPClient(c *http.Client) interface {
	Do(*http.Request) (*http.Response, error)
} {
	return buffered{c}
}

type buffered struct{ client *http.Client }

func (b buffered) Do(r *http.Request) (*http.Response, error) {
	if r.Body == nil {
		return b.client.Do(r)
	}
	body, err := io.ReadAll(r.Body)
	if err != nil {
		return nil, err
	}
	r = r.Clone(r.Context()) // the SDK closes the body of its own request
	r.Body = io.NopCloser(bytes.NewReader(body))
	return b.client.Do(r)
}

package function

import (
	"bytes"
	"cmp"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"net/http"
	"net/url"
	"strings"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	v4 "github.com/aws/aws-sdk-go-v2/aws/signer/v4"
)

// Lambda is the Invoke API of AWS Lambda, or of a program that speaks it.
type Lambda struct {
	// Endpoint is the address before /2015-03-31/functions. An address that ends
	// with /invocations is called as it is.
	Endpoint *url.URL
	// Credentials sign the requests. nil: they are not signed.
	Credentials aws.CredentialsProvider

	Client *http.Client // must follow no redirect
	Now    func() time.Time
}

// call invokes the function. AWS: Invoke.
func (l *Lambda) call(ctx context.Context, arn string, event []byte) ([]byte, error) {
	r, err := l.request(ctx, arn, event)
	if err != nil {
		return nil, err
	}
	answer, body, err := post(l.Client, r)
	switch {
	case err != nil:
		return nil, err
	case answer.StatusCode != http.StatusOK:
		return nil, refusedInvoke(answer, body)
	case answer.Header.Get("X-Amz-Function-Error") == "":
		return body, nil
	}
	if err := thrown(body); err != nil {
		return nil, err
	}
	return nil, ErrThrown.Saying("Unhandled")
}

func (l *Lambda) request(ctx context.Context, arn string, event []byte) (*http.Request, error) {
	r, err := http.NewRequestWithContext(ctx, http.MethodPost, l.address(arn), bytes.NewReader(event))
	if err != nil {
		return nil, fmt.Errorf("make the request for %s: %w", arn, err)
	}
	r.Header.Set("Content-Type", "application/json")
	r.Header.Set("X-Amz-Invocation-Type", "RequestResponse")
	if l.Credentials == nil {
		return r, nil
	}
	sum := sha256.Sum256(event)
	key, err := l.Credentials.Retrieve(ctx)
	if err != nil {
		return nil, fmt.Errorf("credentials for %s: %w", arn, err)
	}
	if err := v4.NewSigner().SignHTTP(ctx, key, r, hex.EncodeToString(sum[:]), "lambda", regionOf(arn), l.Now().UTC()); err != nil {
		return nil, fmt.Errorf("sign the request for %s: %w", arn, err)
	}
	return r, nil
}

func (l *Lambda) address(arn string) string {
	base := strings.TrimSuffix(l.Endpoint.String(), "/")
	if strings.HasSuffix(base, "/invocations") {
		return base
	}
	return base + "/2015-03-31/functions/" + strings.ReplaceAll(url.PathEscape(arn), ":", "%3A") + "/invocations"
}

// regionOf returns the region in arn:aws:lambda:<region>:<account>:function:<name>.
func regionOf(arn string) string {
	parts := strings.SplitN(arn, ":", 5)
	if len(parts) < 5 {
		return ""
	}
	return parts[3]
}

// refusedInvoke returns the error of a call that the API did not pass on.
func refusedInvoke(answer *http.Response, body []byte) error {
	var e struct {
		Type string `json:"__type"`
	}
	json.Unmarshal(body, &e) // without a name in the body, the header or the status names the error
	name, _, _ := strings.Cut(cmp.Or(answer.Header.Get("X-Amzn-Errortype"), e.Type), ":")
	name = name[strings.LastIndexByte(name, '#')+1:]
	failed := ErrFailed
	if answer.StatusCode == http.StatusTooManyRequests {
		failed = ErrBusy
	}
	return failed.Saying("%s", cmp.Or(readable(name), fmt.Sprintf("HTTP %d", answer.StatusCode)))
}

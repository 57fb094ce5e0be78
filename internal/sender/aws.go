package sender

import (
	"bytes"
	"cmp"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"encoding/xml"
	"fmt"
	"io"
	"net/http"
	"strings"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	v4 "github.com/aws/aws-sdk-go-v2/aws/signer/v4"

	"gatehouse/internal/base/pattern"
	"gatehouse/internal/message"
)

// AWS is an account of AWS, or of a program that speaks its API.
type AWS struct {
	Region      string
	Credentials aws.CredentialsProvider
	Endpoint    string // with a scheme; "": AWS's own of the service and the region

	Client *http.Client // must follow no redirect, and end a call in time
	Now    func() time.Time
}

// maxAnswer is how much of an answer is read.
const maxAnswer = 64 << 10

// awsRequest is one call of a service.
type awsRequest struct {
	service     string // the name in signatures
	host        string // the first label of the service's host
	region      string
	path        string
	contentType string
	target      string // the operation, where a header names it
	body        []byte
}

// regionForm is what the name of a region may be: a part of one label of a host's
// name.
var regionForm = pattern.New(`^[a-z0-9-]+$`)

// call makes a signed call. message.ErrDelivery unless the status is 200.
func (a *AWS) call(ctx context.Context, q awsRequest) error {
	if !regionForm.MatchString(q.region) { // it could lead to any host
		return message.ErrDelivery.Because(fmt.Errorf("%s: %.40q is no region", q.service, q.region))
	}
	endpoint := strings.TrimSuffix(cmp.Or(a.Endpoint, "https://"+q.host+"."+q.region+".amazonaws.com"), "/")
	r, err := http.NewRequestWithContext(ctx, http.MethodPost, endpoint+q.path, bytes.NewReader(q.body))
	if err != nil {
		return message.ErrDelivery.Because(err)
	}
	r.Header.Set("Content-Type", q.contentType)
	if q.target != "" {
		r.Header.Set("X-Amz-Target", q.target)
	}
	sum := sha256.Sum256(q.body)
	key, err := a.Credentials.Retrieve(ctx)
	if err != nil {
		return message.ErrDelivery.Because(fmt.Errorf("%s: credentials: %w", q.service, err))
	}
	if err := v4.NewSigner().SignHTTP(ctx, key, r, hex.EncodeToString(sum[:]), q.service, q.region, a.Now().UTC()); err != nil {
		return message.ErrDelivery.Because(fmt.Errorf("%s: sign: %w", q.service, err))
	}
	return post(a.Client, r, q.service)
}

// post sends a request. message.ErrDelivery unless the status is one of success. The error
// has the name that the service gives to what went wrong, and no text, which may
// quote the message.
func post(client *http.Client, r *http.Request, service string) error {
	answer, err := client.Do(r)
	if err != nil {
		return message.ErrDelivery.Because(fmt.Errorf("%s: %w", service, err))
	}
	defer answer.Body.Close()
	body, err := io.ReadAll(io.LimitReader(answer.Body, maxAnswer))
	switch {
	case answer.StatusCode >= 200 && answer.StatusCode < 300:
		return nil
	case err != nil:
		return message.ErrDelivery.Because(fmt.Errorf("%s: status %d, %w", service, answer.StatusCode, err))
	}
	name := cmp.Or(answer.Header.Get("X-Amzn-Errortype"), errorIn(body))
	name, _, _ = strings.Cut(name, ":")
	return message.ErrDelivery.Because(fmt.Errorf("%s: status %d %s", service, answer.StatusCode, message.OneLine(name[:min(len(name), 100)])))
}

// errorIn returns the name of the error in a body of JSON or XML, or "".
func errorIn(body []byte) string {
	var j struct {
		Type string `json:"__type"`
	}
	if json.Unmarshal(body, &j) == nil {
		return j.Type[strings.LastIndexByte(j.Type, '#')+1:]
	}
	var x struct {
		Code string `xml:"Error>Code"`
	}
	if xml.Unmarshal(body, &x) == nil {
		return x.Code
	}
	return ""
}

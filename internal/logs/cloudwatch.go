package logs

import (
	"bytes"
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

// CloudWatch is Amazon CloudWatch Logs, or a program that speaks its API. The log
// group must exist. A stream with the name of the pool is made if it does not.
type CloudWatch struct {
	Endpoint    *url.URL
	Credentials aws.CredentialsProvider

	Client *http.Client // must follow no redirect
	Now    func() time.Time
}

type putLogEvents struct {
	Group  string     `json:"logGroupName"`
	Stream string     `json:"logStreamName"`
	Events []logEvent `json:"logEvents"`
}

type logEvent struct {
	Timestamp int64  `json:"timestamp"` // milliseconds since 1970
	Message   string `json:"message"`
}

type createLogStream struct {
	Group  string `json:"logGroupName"`
	Stream string `json:"logStreamName"`
}

func (c *CloudWatch) put(ctx context.Context, arn string, e Entry) error {
	region, group, err := groupOf(arn)
	if err != nil {
		return err
	}
	put := putLogEvents{Group: group, Stream: e.Stream, Events: []logEvent{{e.At.UnixMilli(), string(e.Text)}}}
	name, err := c.call(ctx, region, "PutLogEvents", put)
	if name != "ResourceNotFoundException" {
		return err
	}
	name, err = c.call(ctx, region, "CreateLogStream", createLogStream{group, e.Stream})
	if err != nil && name != "ResourceAlreadyExistsException" {
		return err
	}
	_, err = c.call(ctx, region, "PutLogEvents", put)
	return err
}

// groupOf returns the region and the name of a log group:
// arn:aws:logs:<region>:<account>:log-group:<name>, perhaps with :* at the end.
func groupOf(arn string) (region, group string, err error) {
	parts := strings.SplitN(arn, ":", 7)
	if len(parts) != 7 || parts[2] != "logs" || parts[5] != "log-group" {
		return "", "", fmt.Errorf("%s is not the ARN of a log group", arn)
	}
	return parts[3], strings.TrimSuffix(parts[6], ":*"), nil
}

// call makes a signed call and returns the name of the service's error, if it sent
// one.
func (c *CloudWatch) call(ctx context.Context, region, operation string, in any) (name string, err error) {
	body, err := json.Marshal(in)
	if err != nil {
		return "", err
	}
	r, err := http.NewRequestWithContext(ctx, http.MethodPost, c.Endpoint.String(), bytes.NewReader(body))
	if err != nil {
		return "", err
	}
	r.Header.Set("Content-Type", "application/x-amz-json-1.1")
	r.Header.Set("X-Amz-Target", "Logs_20140328."+operation)
	sum := sha256.Sum256(body)
	key, err := c.Credentials.Retrieve(ctx)
	if err != nil {
		return "", fmt.Errorf("credentials: %w", err)
	}
	if err := v4.NewSigner().SignHTTP(ctx, key, r, hex.EncodeToString(sum[:]), "logs", region, c.Now().UTC()); err != nil {
		return "", fmt.Errorf("sign: %w", err)
	}
	_, answer, err := send(c.Client, r)
	if err == nil {
		return "", nil
	}
	name = errorIn(answer)
	return name, fmt.Errorf("%s: %w %s", operation, err, name)
}

// errorIn returns the name of the error in an answer, or "".
func errorIn(body []byte) string {
	var failed struct {
		Type string `json:"__type"`
	}
	if json.Unmarshal(body, &failed) != nil || len(failed.Type) > 100 {
		return ""
	}
	return failed.Type[strings.LastIndexByte(failed.Type, '#')+1:]
}

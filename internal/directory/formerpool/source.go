package formerpool

import (
	"bytes"
	"cmp"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"strings"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	v4 "github.com/aws/aws-sdk-go-v2/aws/signer/v4"

	"gatehouse/internal/base/fault"
	"gatehouse/internal/base/seal"
)

// Errors of a source.
var (
	// ErrSource means that the source refuses a call, with its reason.
	ErrSource = fault.New(fault.Denied, "source_refused", "The source refuses the call.")
	// ErrSourceAway means that the source does not answer.
	ErrSourceAway = fault.New(fault.Unavailable, "source_away", "The source does not answer.")
)

// Source is the API from which a pool comes.
type Source struct {
	Endpoint        string // with a scheme
	Region          string
	AccessKeyID     string
	SecretAccessKey seal.Secret
	SessionToken    seal.Secret // of temporary keys; "": none
	// Client must follow no redirect, and end a call in time.
	Client *http.Client
	Now    func() time.Time
	// Pause waits between calls, so that the source has time for others, and longer
	// before a call that is tried again.
	Pause func(context.Context, time.Duration) error

	limit int64 // of the bytes of an answer; 0: maxAnswer
}

const (
	betweenCalls = 100 * time.Millisecond
	firstPause   = time.Second // before a second try; each later one is twice as long
	tries        = 6
	maxAnswer    = 16 << 20
)

// Document is a JSON object of the API.
type Document map[string]any

// Call makes one call. It tries again while the source is busy. ErrSource,
// ErrSourceAway.
func (s *Source) Call(ctx context.Context, operation string, in Document) (Document, error) {
	wait := betweenCalls
	for try := 1; ; try++ {
		if err := s.Pause(ctx, wait); err != nil {
			return nil, err
		}
		out, err := s.once(ctx, operation, in)
		if !errors.Is(err, ErrSourceAway) || try == tries {
			return out, err
		}
		wait = firstPause << (try - 1)
	}
}

// once makes one call, and does not try again. ErrSource with a *refusal as its cause,
// ErrSourceAway.
func (s *Source) once(ctx context.Context, operation string, in Document) (Document, error) {
	r, err := s.request(ctx, operation, in)
	if err != nil {
		return nil, err
	}
	answer, err := s.Client.Do(r)
	if err != nil {
		return nil, ErrSourceAway.Because(err)
	}
	defer answer.Body.Close()
	body, err := io.ReadAll(io.LimitReader(answer.Body, cmp.Or(s.limit, maxAnswer)))
	if err != nil {
		return nil, ErrSourceAway.Because(err)
	}
	var out Document
	if err := json.Unmarshal(body, &out); err != nil && len(body) > 0 {
		return nil, ErrSourceAway.Saying("%s is answered with status %d and no JSON.", operation, answer.StatusCode).Because(err)
	}
	if answer.StatusCode == http.StatusOK {
		return out, nil
	}
	return nil, refused(operation, answer.StatusCode, out)
}

func (s *Source) request(ctx context.Context, operation string, in Document) (*http.Request, error) {
	body, err := json.Marshal(in)
	if err != nil {
		return nil, err
	}
	r, err := http.NewRequestWithContext(ctx, http.MethodPost, strings.TrimSuffix(s.Endpoint, "/")+"/", bytes.NewReader(body))
	if err != nil {
		return nil, err
	}
	r.Header.Set("Content-Type", "application/x-amz-json-1.1")
	r.Header.Set("X-Amz-Target", "AWSCognitoIdentityProviderService."+operation)
	sum := sha256.Sum256(body)
	key := aws.Credentials{AccessKeyID: s.AccessKeyID, SecretAccessKey: s.SecretAccessKey.Reveal(), SessionToken: s.SessionToken.Reveal()}
	return r, v4.NewSigner().SignHTTP(ctx, key, r, hex.EncodeToString(sum[:]), "cognito-idp", s.Region, s.Now().UTC())
}

// refusal is what a source says when it refuses a call.
type refusal struct{ name, text string }

func (r *refusal) Error() string { return r.name + ": " + r.text }

// refused returns the error for what the source said. Busy sources count as away.
func refused(operation string, status int, out Document) error {
	name, _ := out["__type"].(string)
	name = name[strings.LastIndexByte(name, '#')+1:]
	text, _ := out["message"].(string)
	said := fmt.Sprintf("%s: %s: %s (status %d)", operation, name, text, status)
	if status >= 500 || status == http.StatusTooManyRequests || name == "TooManyRequestsException" || name == "ThrottlingException" {
		return ErrSourceAway.Saying("%s", said)
	}
	return ErrSource.Saying("%s", said).Because(&refusal{name, text})
}

// Each calls f with each entry of a list of the API, page by page. next is the name of
// the token in answers and requests.
func (s *Source) Each(ctx context.Context, operation, list, next string, in Document, f func(Document) error) error {
	for {
		out, err := s.Call(ctx, operation, in)
		if err != nil {
			return err
		}
		entries, _ := out[list].([]any)
		for _, entry := range entries {
			d, _ := entry.(map[string]any)
			if err := f(d); err != nil {
				return err
			}
		}
		token, _ := out[next].(string)
		if token == "" {
			return nil
		}
		in[next] = token
	}
}

// Text returns a member that is a text, or "".
func (d Document) Text(name string) string {
	s, _ := d[name].(string)
	return s
}

// Only returns the members with the names, as far as they are there.
func (d Document) Only(names ...string) Document {
	out := Document{}
	for _, name := range names {
		if v, ok := d[name]; ok {
			out[name] = v
		}
	}
	return out
}

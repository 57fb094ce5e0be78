package function_test

import (
	"context"
	"crypto/hmac"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/textproto"
	"net/url"
	"strings"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/aws/aws-sdk-go-v2/credentials"

	"gatehouse/internal/base/fault"
	"gatehouse/internal/base/seal"
	"gatehouse/internal/base/web"
	"gatehouse/internal/directory/sigv4"
	"gatehouse/internal/function"
)

const arn = "arn:aws:lambda:eu-west-1:000000000000:function:pre-token:live"

var now = time.Date(2026, 3, 4, 5, 6, 7, 0, time.UTC)

func clock() time.Time { return now }

// transport answers requests without a network.
type transport func(*http.Request) (*http.Response, error)

func (t transport) RoundTrip(r *http.Request) (*http.Response, error) { return t(r) }

func respond(status int, body string, header ...string) *http.Response {
	h := http.Header{}
	for i := 0; i+1 < len(header); i += 2 {
		h.Set(header[i], header[i+1])
	}
	return &http.Response{StatusCode: status, Header: h, Body: io.NopCloser(strings.NewReader(body))}
}

func parse(t *testing.T, text string) *url.URL {
	t.Helper()
	u, err := url.Parse(text)
	if err != nil {
		t.Fatal(err)
	}
	return u
}

func lambda(t *testing.T, rt transport) *function.Caller {
	return &function.Caller{Entries: []function.Entry{{ARN: arn, Target: &function.Lambda{
		Endpoint: parse(t, "https://lambda.example.com/"), Credentials: credentials.NewStaticCredentialsProvider("AKIDEXAMPLE", "secret", ""), Client: web.NewClient(rt, 0), Now: clock,
	}}}}
}

func webhook(t *testing.T, rt transport) *function.Caller {
	return &function.Caller{Entries: []function.Entry{{ARN: arn, Target: &function.Webhook{
		URL: parse(t, "https://hooks.example.com/in"), Secret: "shared", Client: web.NewClient(rt, 0), Now: clock,
	}}}}
}

// textOf returns what callers read of an error.
func textOf(err error) string {
	if f := fault.As(err); f != nil {
		return f.Message
	}
	return fmt.Sprint(err)
}

func TestAnInvokeIsSigned(t *testing.T) {
	verifier := sigv4.Verifier{Service: "lambda", Region: "eu-west-1", Now: clock, Secret: func(context.Context, string) (seal.Secret, error) { return "secret", nil }}
	c := lambda(t, func(r *http.Request) (*http.Response, error) {
		body, _ := io.ReadAll(r.Body)
		if got, want := r.URL.EscapedPath(), "/2015-03-31/functions/arn%3Aaws%3Alambda%3Aeu-west-1%3A000000000000%3Afunction%3Apre-token%3Alive/invocations"; got != want {
			t.Errorf("path = %s, want %s", got, want)
		}
		if got := r.Header.Get("X-Amz-Invocation-Type"); got != "RequestResponse" {
			t.Errorf("invocation type = %q", got)
		}
		who, err := verifier.Verify(t.Context(), &sigv4.Request{Method: r.Method, URL: r.URL, Host: r.URL.Host, Header: textproto.MIMEHeader(r.Header), ContentLength: r.ContentLength}, body)
		if err != nil || who.AccessKeyID != "AKIDEXAMPLE" {
			t.Errorf("signed by %+v, error %v", who, err)
		}
		return respond(200, `{"got":`+string(body)+`}`), nil
	})
	got, err := c.Call(t.Context(), arn, []byte(`{"a":"<b>"}`))
	if err != nil || string(got) != `{"got":{"a":"<b>"}}` {
		t.Errorf("answer %s, error %v", got, err)
	}
}

func TestAnAddressThatEndsWithInvocationsIsCalledAsItIs(t *testing.T) {
	c := &function.Caller{Entries: []function.Entry{{ARN: arn, Target: &function.Lambda{
		Endpoint: parse(t, "http://localhost:9000/2015-03-31/functions/function/invocations"), Now: clock,
		Client: web.NewClient(transport(func(r *http.Request) (*http.Response, error) {
			if r.URL.Path != "/2015-03-31/functions/function/invocations" || r.Header.Get("Authorization") != "" {
				t.Errorf("called %s with %q, want no signature", r.URL, r.Header.Get("Authorization"))
			}
			return respond(200, `{}`), nil
		}), 0),
	}}}}
	if _, err := c.Call(t.Context(), arn, nil); err != nil {
		t.Error(err)
	}
}

func TestAWebhookIsSignedAnewAtEachTry(t *testing.T) {
	var seen []string
	synctest.Test(t, func(t *testing.T) {
		c := webhook(t, func(r *http.Request) (*http.Response, error) {
			body, _ := io.ReadAll(r.Body)
			var at, id, mac string
			for part := range strings.SplitSeq(r.Header.Get("Gatehouse-Signature"), ",") {
				name, value, _ := strings.Cut(part, "=")
				switch name {
				case "t":
					at = value
				case "id":
					id = value
				case "v1":
					mac = value
				}
			}
			h := hmac.New(sha256.New, []byte("shared"))
			fmt.Fprintf(h, "%s.%s.%s", at, id, body)
			if want := hex.EncodeToString(h.Sum(nil)); mac != want || at != fmt.Sprint(now.Unix()) {
				t.Errorf("signature %q, want the MAC %s", r.Header.Get("Gatehouse-Signature"), want)
			}
			if got := r.Header.Get("Gatehouse-Function"); got != arn {
				t.Errorf("function = %q", got)
			}
			seen = append(seen, id)
			if len(seen) < 3 {
				return respond(503, "busy"), nil
			}
			return respond(200, `{"response":{}}`), nil
		})
		if got, err := c.Call(t.Context(), arn, []byte(`{}`)); err != nil || string(got) != `{"response":{}}` {
			t.Errorf("answer %s, error %v", got, err)
		}
	})
	if len(seen) != 3 || seen[0] == seen[1] || seen[1] == seen[2] || seen[0] == "" {
		t.Errorf("ids %q, want three that differ", seen)
	}
}

func TestWhatFailsAndHowOftenItIsTried(t *testing.T) {
	always := func(status int, body string, header ...string) func(int) *http.Response {
		return func(int) *http.Response { return respond(status, body, header...) }
	}
	tests := []struct {
		name    string
		make    func(*testing.T, transport) *function.Caller
		answer  func(try int) *http.Response
		want    string // text of the error
		thrown  bool
		wantTry int
	}{
		{"thrown", lambda, always(200, `{"errorMessage":"No,\u0007 thanks","errorType":"Error"}`, "X-Amz-Function-Error", "Unhandled"), "No, thanks", true, 1},
		{"thrown without a message", lambda, always(200, `{"errorType":"Runtime.Exit"}`, "X-Amz-Function-Error", "Unhandled"), "Runtime.Exit", true, 1},
		{"thrown, unreadable", lambda, always(200, `<`, "X-Amz-Function-Error", "Unhandled"), "Unhandled", true, 1},
		{"not allowed", lambda, always(403, `{"Message":"no"}`, "X-Amzn-Errortype", "AccessDeniedException:http://x"), "AccessDeniedException", false, 1},
		{"named in the body", lambda, always(404, `{"__type":"com.amazonaws#ResourceNotFoundException"}`), "ResourceNotFoundException", false, 1},
		{"failed inside", lambda, always(502, ``), "HTTP 502", false, 1},
		{"busy", lambda, always(429, `{"Type":"User"}`, "X-Amzn-Errortype", "TooManyRequestsException"), "TooManyRequestsException", false, 3},
		{"a redirect", lambda, always(302, ``, "Location", "https://evil.example.com/"), "HTTP 302", false, 1},
		{"too large", lambda, always(200, strings.Repeat("x", function.MaxAnswer+1)), "ResponseSizeTooLarge", false, 1},
		{"a webhook refuses", webhook, always(403, `{"errorMessage":"not you"}`), "not you", true, 1},
		{"a webhook breaks", webhook, always(500, `oops`), "HTTP 500", false, 1},
		{"a webhook redirects", webhook, always(307, ``, "Location", "https://evil.example.com/"), "HTTP 307", false, 1},
		{"a webhook is busy", webhook, always(429, ``), "HTTP 429", false, 3},
		{"no connection", webhook, func(int) *http.Response { return nil }, "ServiceException", false, 1},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				tries := 0
				c := tt.make(t, func(r *http.Request) (*http.Response, error) {
					if strings.Contains(r.URL.Host, "evil") {
						t.Errorf("followed to %s", r.URL)
					}
					tries++
					if a := tt.answer(tries); a != nil {
						return a, nil
					}
					return nil, errors.New("connection refused at 10.0.0.1")
				})
				_, err := c.Call(t.Context(), arn, []byte(`{}`))
				if textOf(err) != tt.want || errors.Is(err, function.ErrThrown) != tt.thrown || strings.Contains(textOf(err), "10.0.0.1") || tries != tt.wantTry {
					t.Errorf("error %v after %d tries, want %q after %d", err, tries, tt.want, tt.wantTry)
				}
			})
		})
	}
}

func TestAnUnknownFunctionIsNotCalled(t *testing.T) {
	c := lambda(t, func(r *http.Request) (*http.Response, error) { t.Errorf("called %s", r.URL); return nil, io.EOF })
	_, err := c.Call(t.Context(), arn+"2", nil)
	if !errors.Is(err, function.ErrUnknown) || textOf(err) != "ResourceNotFoundException" {
		t.Errorf("error = %v", err)
	}
}

// A function that hangs costs its caller three times the limit, and a caller of
// another function nothing.
func TestAFunctionThatHangs(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var tries atomic.Int32
		hang := lambda(t, func(r *http.Request) (*http.Response, error) {
			tries.Add(1)
			<-r.Context().Done()
			return nil, r.Context().Err()
		})
		quick := webhook(t, func(*http.Request) (*http.Response, error) { return respond(200, `{}`), nil })
		ended := make(chan time.Duration)
		start := time.Now()
		go func() {
			_, err := hang.Call(t.Context(), arn, nil)
			if textOf(err) != "Socket timeout while invoking Lambda function" || tries.Load() != function.Tries {
				t.Errorf("error %v after %d tries", err, tries.Load())
			}
			ended <- time.Since(start)
		}()
		synctest.Wait()
		if _, err := quick.Call(t.Context(), arn, nil); err != nil || time.Since(start) != 0 {
			t.Errorf("the other function: error %v after %v", err, time.Since(start))
		}
		if took := <-ended; took < 3*function.Limit || took > 3*function.Limit+time.Second {
			t.Errorf("took %v, want three times %v", took, function.Limit)
		}
	})
}

func TestACallerWhoLeavesEndsTheCall(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var tries atomic.Int32
		c := lambda(t, func(r *http.Request) (*http.Response, error) {
			tries.Add(1)
			<-r.Context().Done()
			return nil, r.Context().Err()
		})
		ctx, cancel := context.WithTimeout(t.Context(), time.Second)
		defer cancel()
		start := time.Now()
		_, err := c.Call(ctx, arn, nil)
		if !errors.Is(err, context.DeadlineExceeded) || tries.Load() != 1 || time.Since(start) != time.Second {
			t.Errorf("error %v after %d tries and %v", err, tries.Load(), time.Since(start))
		}
	})
}

func TestTheEntryThatNamesAnARNBestCounts(t *testing.T) {
	target := func(message string) function.Target {
		return &function.Lambda{Endpoint: parse(t, "https://lambda.example.com/"), Client: web.NewClient(transport(func(*http.Request) (*http.Response, error) {
			return respond(200, `{"errorMessage":"`+message+`"}`, "X-Amz-Function-Error", "Unhandled"), nil
		}), 0)}
	}
	c := &function.Caller{Entries: []function.Entry{
		{ARN: "arn:aws:lambda:*", Target: target("region")}, {ARN: "arn:aws:lambda:eu-west-1:*", Target: target("account")}, {ARN: "arn:aws:lambda:eu-west-1:1:function:a", Target: target("exact")}, {ARN: "arn:aws:lambda:eu-west-1:1:function:a*", Target: target("name")},
	}}
	for arn, want := range map[string]string{
		"arn:aws:lambda:eu-west-1:1:function:a": "exact", "arn:aws:lambda:eu-west-1:1:function:ab": "name",
		"arn:aws:lambda:eu-west-1:2:function:a": "account", "arn:aws:lambda:us-east-1:2:function:a": "region",
	} {
		_, err := c.Call(t.Context(), arn, nil)
		if textOf(err) != want {
			t.Errorf("%s: %v, want %s", arn, err, want)
		}
	}
	if c.Resolves("arn:aws:sns:us-east-1:1:a") || !c.Resolves("arn:aws:lambda:x") {
		t.Error("Resolves is wrong")
	}
}

// The entry that names a function best says whether it gets codes in clear.
func TestWhichFunctionsGetCodesInClear(t *testing.T) {
	c := &function.Caller{Entries: []function.Entry{
		{ARN: "arn:aws:lambda:us-east-1:000000000000:function:*"},
		{ARN: "arn:aws:lambda:us-east-1:000000000000:function:send*", ClearCodes: true},
		{ARN: "arn:aws:lambda:us-east-1:000000000000:function:sender-2"},
	}}
	for name, want := range map[string]bool{"sender": true, "sender-2": false, "other": false} {
		if got := c.ClearCodes("arn:aws:lambda:us-east-1:000000000000:function:" + name); got != want {
			t.Errorf("%s: %t, want %t", name, got, want)
		}
	}
	if c.ClearCodes("arn:aws:lambda:eu-west-1:000000000000:function:sender") {
		t.Error("a function that no entry names gets codes in clear")
	}
}

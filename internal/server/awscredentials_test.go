package server

import (
	"bytes"
	"context"
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"gatehouse/internal/base/settings"
	"gatehouse/internal/config"
	"gatehouse/internal/message"
	"gatehouse/internal/testing/gatetest/enginetest"
)

// awsAccount is the network of an account of AWS: its services, and the address that
// gives temporary keys to a container. It records what it saw.
type awsAccount struct {
	asked, authorized string // the last request for a key
	keys              int    // how many keys it gave
	signed, token     string // the last call of a service
	now               time.Time
}

func (a *awsAccount) RoundTrip(r *http.Request) (*http.Response, error) {
	body := "{}"
	switch {
	case strings.HasPrefix(r.URL.Host, "sts."):
		return a.sts(r)
	case r.URL.Host == "169.254.169.254":
		return a.metadata(r)
	}
	if r.Method != http.MethodPost {
		a.keys++
		a.asked, a.authorized = r.URL.String(), r.Header.Get("Authorization")
		body = fmt.Sprintf(`{"AccessKeyId":"ASIA%d","SecretAccessKey":"s","Token":"t%d","Expiration":%q}`, a.keys, a.keys, a.now.Add(time.Hour).Format(time.RFC3339))
	} else {
		_, signed, _ := strings.Cut(r.Header.Get("Authorization"), "Credential=")
		a.signed, _, _ = strings.Cut(signed, "/")
		a.token = r.Header.Get("X-Amz-Security-Token")
	}
	return &http.Response{StatusCode: 200, Header: http.Header{"Content-Type": {"application/json"}}, Body: io.NopCloser(strings.NewReader(body)), Request: r}, nil
}

// sts gives a key to whoever brings the token of the file for the role.
func (a *awsAccount) sts(r *http.Request) (*http.Response, error) {
	a.keys++
	a.asked, a.authorized = r.URL.String(), r.FormValue("WebIdentityToken")
	status, body := 200, fmt.Sprintf(`<AssumeRoleWithWebIdentityResponse xmlns="https://sts.amazonaws.com/doc/2011-06-15/"><AssumeRoleWithWebIdentityResult><Credentials><AccessKeyId>ASIA%d</AccessKeyId><SecretAccessKey>s</SecretAccessKey><SessionToken>t%d</SessionToken><Expiration>%s</Expiration></Credentials></AssumeRoleWithWebIdentityResult></AssumeRoleWithWebIdentityResponse>`,
		a.keys, a.keys, a.now.Add(time.Hour).UTC().Format(time.RFC3339))
	if r.Method != http.MethodPost || r.FormValue("Action") != "AssumeRoleWithWebIdentity" || r.FormValue("Version") != "2011-06-15" || r.FormValue("RoleArn") != "role" || r.FormValue("RoleSessionName") != "gatehouse" || a.authorized != "from the file" {
		status, body = 403, `<ErrorResponse><Error><Code>AccessDenied</Code><Message>`+a.authorized+`</Message></Error></ErrorResponse>`
	}
	return &http.Response{StatusCode: status, Header: http.Header{"Content-Type": {"text/xml"}}, Body: io.NopCloser(strings.NewReader(body)), Request: r}, nil
}

// metadata is the service of an instance: it gives a key to whoever got a token first.
func (a *awsAccount) metadata(r *http.Request) (*http.Response, error) {
	status, body, header := 200, "", http.Header{}
	switch {
	case r.Method == http.MethodPut && r.URL.Path == "/latest/api/token" && r.Header.Get("X-Aws-Ec2-Metadata-Token-Ttl-Seconds") != "":
		body = "a token"
		header.Set("X-Aws-Ec2-Metadata-Token-Ttl-Seconds", r.Header.Get("X-Aws-Ec2-Metadata-Token-Ttl-Seconds"))
	case r.Header.Get("X-Aws-Ec2-Metadata-Token") != "a token":
		status = 401
	case r.URL.Path == "/latest/meta-data/iam/security-credentials/":
		body = "mailer\n"
	default:
		a.keys++
		a.asked = r.URL.String()
		body = fmt.Sprintf(`{"Code":"Success","Type":"AWS-HMAC","AccessKeyId":"ASIA%d","SecretAccessKey":"s","Token":"t%d","Expiration":%q}`, a.keys, a.keys, a.now.Add(6*time.Hour).UTC().Format(time.RFC3339))
	}
	return &http.Response{StatusCode: status, Header: header, Body: io.NopCloser(strings.NewReader(body)), Request: r}, nil
}

// Each call is signed with the key of the configuration or else with that of the
// environment.
func TestWhichKeySignsCallsOfAWS(t *testing.T) {
	file := filepath.Join(t.TempDir(), "token")
	if err := os.WriteFile(file, []byte("from the file\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	const key, function, log = "access_key_id: AKIA0, secret_access_key: s", "arn:aws:lambda:us-east-1:000000000000:function:f", "arn:aws:logs:us-east-1:000000000000:log-group:g"
	inEnvironment := []string{"AWS_ACCESS_KEY_ID=ASIA0", "AWS_SECRET_ACCESS_KEY=s", "AWS_SESSION_TOKEN=t0"}
	container := []string{"AWS_CONTAINER_CREDENTIALS_FULL_URI=http://169.254.170.23/v1/credentials", "AWS_CONTAINER_AUTHORIZATION_TOKEN_FILE=" + file}
	account := []string{"AWS_ROLE_ARN=role", "AWS_WEB_IDENTITY_TOKEN_FILE=" + file, "AWS_REGION=eu-west-1"}
	tests := map[string]struct {
		key                  string // in the configuration
		environ              []string
		signed, token, asked string
	}{
		"a key":                    {key, nil, "AKIA0", "", ""},
		"a temporary key":          {key + ", session_token: t9", nil, "AKIA0", "t9", ""},
		"a key beside another":     {key, inEnvironment, "AKIA0", "", ""},
		"a key of the environment": {"", inEnvironment, "ASIA0", "t0", ""},
		"the role of a container":  {"", container, "ASIA1", "t1", "http://169.254.170.23/v1/credentials"},
		"the role of an account":   {"", account, "ASIA1", "t1", "https://sts.eu-west-1.amazonaws.com/"},
		"both roles":               {"", append(account, container...), "ASIA1", "t1", "https://sts.eu-west-1.amazonaws.com/"},
		"half a key beside roles":  {"", append(account, "AWS_ACCESS_KEY_ID=ASIA0"), "ASIA1", "t1", "https://sts.eu-west-1.amazonaws.com/"},
		"a key beside the role":    {"", append(container, inEnvironment...), "ASIA0", "t0", ""},
		"the role of an instance":  {"", nil, "ASIA1", "t1", "http://169.254.169.254/latest/meta-data/iam/security-credentials/mailer"},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			comma := ""
			if tt.key != "" {
				comma = ", " + tt.key
			}
			text := "insecure_server: true\ndirectory:\n  url: https://id.example.com\n" +
				"  ses: {region: us-east-1, from: a@example.com" + comma + "}\n  sms: {sns: {region: us-east-1" + comma + "}}\n" +
				"  functions: [{arn: '" + lambdaARN + "', endpoint_url: 'https://lambda.us-east-1.amazonaws.com'" + comma + "}]\n" +
				"  logs: [{arn: '" + log + "', endpoint_url: 'https://logs.us-east-1.amazonaws.com'" + comma + "}]\n"
			c, err := config.Load(settings.Source{Path: "c.yaml", Data: []byte(text), Env: tt.environ})
			if err != nil {
				t.Fatal(err)
			}
			for service, sending := range awsServices {
				aws := &awsAccount{now: time.Now()}
				call := sending(t, &Options{Config: c, Outgoing: aws, Now: time.Now})
				if err := call(t.Context()); err != nil || aws.signed != tt.signed || aws.token != tt.token || aws.asked != tt.asked {
					t.Errorf("%s: %v, signed with %s and token %q, asked %q", service, err, aws.signed, aws.token, aws.asked)
				}
				if tt.environ != nil && tt.asked != "" && aws.authorized != "from the file" {
					t.Errorf("%s: asked for a key with %q", service, aws.authorized)
				}
				if err := call(t.Context()); err != nil || aws.keys > 1 {
					t.Errorf("%s: the second call asked for a key again: %v", service, err)
				}
			}
		})
	}
}

const lambdaARN = "arn:aws:lambda:us-east-1:000000000000:function:f"

// awsServices has for each service of AWS what calls it.
var awsServices = map[string]func(*testing.T, *Options) func(context.Context) error{
	"SES": func(t *testing.T, o *Options) func(context.Context) error {
		return sends(t, o, message.Message{Medium: message.Email, To: "a@example.com", Body: "x"})
	},
	"SNS": func(t *testing.T, o *Options) func(context.Context) error {
		return sends(t, o, message.Message{Medium: message.SMS, To: "+15550001111", Body: "x"})
	},
	"Lambda": func(_ *testing.T, o *Options) func(context.Context) error {
		functions := o.functions(o.Outgoing)
		return func(ctx context.Context) error {
			_, err := functions.Call(ctx, lambdaARN, []byte("{}"))
			return err
		}
	},
}

func sends(t *testing.T, o *Options, m message.Message) func(context.Context) error {
	t.Helper()
	sender, err := newSender(o, nil)
	if err != nil {
		t.Fatal(err)
	}
	return func(ctx context.Context) error { return sender.Send(ctx, &m) }
}

// inAWS has SES and a function at AWS, both without a key.
func inAWS(t *testing.T, environ ...string) *config.Config {
	t.Helper()
	text := "insecure_server: true\ndatabase: 'sqlite::memory:'\ndata_dir: " + t.TempDir() + "\nmaster_key: '" + enginetest.NewMasterKey() + "'\ndirectory:\n  url: https://id.example.com\n  ses: {region: us-east-1, from: a@example.com}\n" +
		"  functions: [{arn: '" + lambdaARN + "', endpoint_url: 'https://lambda.us-east-1.amazonaws.com'}]\n"
	c, err := config.Load(settings.Source{Path: "c.yaml", Data: []byte(text), Env: environ})
	if err != nil {
		t.Fatal(err)
	}
	return c
}

// The key of a role is asked for once, whatever needs it, and again when it ends.
func TestOneKeyOfARoleServesAll(t *testing.T) {
	aws := &awsAccount{now: time.Now()}
	o := &Options{Config: inAWS(t), Outgoing: aws, Now: time.Now}
	mail, function := awsServices["SES"](t, o), awsServices["Lambda"](t, o)
	for _, call := range []func(context.Context) error{mail, function, mail} {
		if err := call(t.Context()); err != nil || aws.signed != "ASIA1" || aws.keys != 1 {
			t.Fatalf("%v, signed with %s after %d keys; want one key for all", err, aws.signed, aws.keys)
		}
	}

	short := &awsAccount{now: time.Now().Add(-7 * time.Hour)} // its keys have ended
	call := awsServices["SES"](t, &Options{Config: inAWS(t), Outgoing: short, Now: time.Now})
	for want := range 2 {
		if err := call(t.Context()); err != nil || short.keys != want+1 {
			t.Errorf("%v, %d keys, want %d: a key that ended is asked for again", err, short.keys, want+1)
		}
	}
}

// An instance without a role, or without the service, gives no key; a service that takes
// calls without a token (IMDSv1) is not asked so.
func TestInstancesThatGiveNoKey(t *testing.T) {
	const list, role = "/latest/meta-data/iam/security-credentials/", "/latest/meta-data/iam/security-credentials/mailer"
	whole := map[string]string{list: "mailer", role: `{"Code":"Success","AccessKeyId":"A","SecretAccessKey":"private","Token":"t","Expiration":"2099-01-01T00:00:00Z"}`}
	for name, tt := range map[string]struct {
		token   int // the status of the answer to the request for a token
		answers map[string]string
		want    bool
	}{
		"a role":         {200, whole, true},
		"only IMDSv1":    {404, whole, false},
		"refused tokens": {403, whole, false},
		"no role":        {200, map[string]string{list: ""}, false},
		"not allowed":    {200, map[string]string{list: "mailer", role: `{"Code":"AssumeRoleUnauthorizedAccess","Message":"private"}`}, false},
		"no key":         {200, map[string]string{list: "mailer", role: `{"Code":"Success","SecretAccessKey":"private","Expiration":"2099-01-01T00:00:00Z"}`}, false},
		"no JSON":        {200, map[string]string{list: "mailer", role: `private`}, false},
		"a list of lies": {200, map[string]string{list: "../../user-data"}, false},
	} {
		t.Run(name, func(t *testing.T) {
			service := transport(func(r *http.Request) (*http.Response, error) {
				status, body, header := 404, "", http.Header{}
				switch text, ok := tt.answers[r.URL.Path]; {
				case r.Method == http.MethodPut:
					status, body = tt.token, "a token"
					header.Set("X-Aws-Ec2-Metadata-Token-Ttl-Seconds", "300")
				case r.Header.Get("X-Aws-Ec2-Metadata-Token") == "":
					t.Error("asked without a token")
				case ok:
					status, body = 200, text
				}
				return &http.Response{StatusCode: status, Header: header, Body: io.NopCloser(strings.NewReader(body)), Request: r}, nil
			})
			key, err := newInstanceRole("http://169.254.169.254", service).Retrieve(t.Context())
			if (err == nil) != tt.want || key.HasKeys() != tt.want {
				t.Errorf("a key %t, %v; want one: %t", key.HasKeys(), err, tt.want)
			}
			if err != nil && strings.Contains(err.Error(), `"private"`) {
				t.Errorf("the error %v has the secret", err)
			}
		})
	}
}

// While the service is away, the last key serves on: AWS takes keys for longer than
// they are used here.
func TestAnInstanceKeepsItsKeyWhileTheServiceIsAway(t *testing.T) {
	aws := &awsAccount{now: time.Now().Add(-7 * time.Hour)}
	away := false
	o := &Options{Config: inAWS(t), Now: time.Now, Outgoing: transport(func(r *http.Request) (*http.Response, error) {
		if away && r.URL.Host == "169.254.169.254" {
			return &http.Response{StatusCode: 400, Body: http.NoBody, Request: r}, nil
		}
		return aws.RoundTrip(r)
	})}
	call := awsServices["SES"](t, o)
	if err := call(t.Context()); err != nil {
		t.Fatal(err)
	}
	away = true
	if err := call(t.Context()); err != nil || aws.signed != "ASIA1" {
		t.Errorf("%v, signed with %s, want the key from before", err, aws.signed)
	}
}

// The proxy of the environment sees no key of a role.
func TestKeysOfThisMachineTakeNoProxy(t *testing.T) {
	if tr, ok := (&Options{}).nearby().(*http.Transport); !ok || tr.Proxy != nil {
		t.Errorf("calls to what gives keys go through %T with a proxy", tr)
	}
}

// A server that has no key for what needs one says so when it starts.
func TestAServerWithoutAKeySaysSo(t *testing.T) {
	for environ, want := range map[string]bool{"AWS_EC2_METADATA_DISABLED=": true, "AWS_ACCESS_KEY_ID=A AWS_SECRET_ACCESS_KEY=s": false} {
		var log bytes.Buffer
		s, err := New(t.Context(), Options{Config: inAWS(t, strings.Fields(environ)...), Now: time.Now, Log: slog.New(slog.NewTextHandler(&log, nil)),
			Outgoing: transport(func(r *http.Request) (*http.Response, error) {
				return &http.Response{StatusCode: 400, Body: http.NoBody, Request: r}, nil
			})})
		if err != nil {
			t.Fatal(err)
		}
		s.Close() // waits for what was begun
		if got := strings.Contains(log.String(), "msg=no_aws_key"); got != want {
			t.Errorf("%s: told %t, want %t: %s", environ, got, want, log.String())
		}
	}
}

// A function of another program is not signed with a key that it has no use for.
func TestTheEnvironmentsKeyStaysAtAWS(t *testing.T) {
	const function = "arn:aws:lambda:us-east-1:000000000000:function:f"
	text := "insecure_server: true\ndirectory:\n  url: https://id.example.com\n  functions: [{arn: '" + function + "', endpoint_url: 'https://lambda.example.com'}]\n"
	c, err := config.Load(settings.Source{Path: "c.yaml", Data: []byte(text), Env: []string{"AWS_ACCESS_KEY_ID=ASIA0", "AWS_SECRET_ACCESS_KEY=s", "AWS_SESSION_TOKEN=t0"}})
	if err != nil {
		t.Fatal(err)
	}
	aws := &awsAccount{now: time.Now()}
	if _, err := (&Options{Config: c, Outgoing: aws, Now: time.Now}).functions(aws).Call(t.Context(), function, []byte("{}")); err != nil || aws.signed != "" || aws.token != "" {
		t.Errorf("%v, signed with %q and token %q", err, aws.signed, aws.token)
	}
}

// What STS refuses or answers oddly gives no key, and an error that has nothing of the
// token.
func TestAnswersOfSTSThatAreNoKey(t *testing.T) {
	file := filepath.Join(t.TempDir(), "token")
	if err := os.WriteFile(file, []byte("private"), 0o600); err != nil {
		t.Fatal(err)
	}
	answers := map[string]struct {
		status int
		body   string
	}{
		"refused":        {403, `<ErrorResponse><Error><Code>InvalidIdentityToken</Code><Message>private</Message></Error></ErrorResponse>`},
		"no XML":         {200, `{"private":1}`},
		"no key":         {200, `<AssumeRoleWithWebIdentityResponse><AssumeRoleWithWebIdentityResult/></AssumeRoleWithWebIdentityResponse>`},
		"without an end": {200, `<R><AssumeRoleWithWebIdentityResult><Credentials><AccessKeyId>A</AccessKeyId><SecretAccessKey>private</SecretAccessKey><SessionToken>t</SessionToken></Credentials></AssumeRoleWithWebIdentityResult></R>`},
	}
	for name, a := range answers {
		client := &http.Client{Transport: transport(func(r *http.Request) (*http.Response, error) {
			return &http.Response{StatusCode: a.status, Body: io.NopCloser(strings.NewReader(a.body)), Request: r}, nil
		})}
		got, err := webIdentity{config.WebIdentity{Role: "r", Session: "s", TokenFile: file, URL: "https://sts.example.com/"}, client}.Retrieve(t.Context())
		if err == nil || got.HasKeys() || strings.Contains(err.Error(), "private") {
			t.Errorf("%s: %v, %v, want an error without a secret", name, got.AccessKeyID, err)
		}
	}
	if _, err := (webIdentity{config.WebIdentity{TokenFile: file + "x"}, nil}).Retrieve(t.Context()); err == nil {
		t.Error("no file, and no error")
	}
}

type transport func(*http.Request) (*http.Response, error)

func (f transport) RoundTrip(r *http.Request) (*http.Response, error) { return f(r) }

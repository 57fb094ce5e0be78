package server

import (
	"context"
	"fmt"
	"io"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"gatehouse/internal/base/settings"
	"gatehouse/internal/config"
	"gatehouse/internal/message"
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
	if strings.HasPrefix(r.URL.Host, "sts.") {
		return a.sts(r)
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
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			comma := ""
			if tt.key != "" {
				comma = ", " + tt.key
			}
			text := "insecure_server: true\ndirectory:\n  url: https://id.example.com\n" +
				"  ses: {region: us-east-1, from: a@example.com" + comma + "}\n  sms: {sns: {region: us-east-1" + comma + "}}\n" +
				"  functions: [{arn: '" + function + "', endpoint_url: 'https://lambda.us-east-1.amazonaws.com'" + comma + "}]\n" +
				"  logs: [{arn: '" + log + "', endpoint_url: 'https://logs.us-east-1.amazonaws.com'" + comma + "}]\n"
			c, err := config.Load(settings.Source{Path: "c.yaml", Data: []byte(text), Env: tt.environ})
			if err != nil {
				t.Fatal(err)
			}
			aws := &awsAccount{now: time.Now()}
			o := &Options{Config: c, Outgoing: aws, Now: time.Now}
			sender, err := newSender(o, nil)
			if err != nil {
				t.Fatal(err)
			}
			functions := o.functions(aws)
			send := func(medium message.Medium, to string) func(context.Context) error {
				return func(ctx context.Context) error {
					return sender.Send(ctx, &message.Message{Medium: medium, To: to, Body: "x"})
				}
			}
			for service, call := range map[string]func(context.Context) error{
				"SES": send(message.Email, "a@example.com"), "SNS": send(message.SMS, "+15550001111"),
				"Lambda": func(ctx context.Context) error {
					_, err := functions.Call(ctx, function, []byte("{}"))
					return err
				},
			} {
				*aws = awsAccount{now: aws.now}
				if err := call(t.Context()); err != nil || aws.signed != tt.signed || aws.token != tt.token || aws.asked != tt.asked {
					t.Errorf("%s: %v, signed with %s and token %q, asked %q", service, err, aws.signed, aws.token, aws.asked)
				}
				if tt.asked != "" && aws.authorized != "from the file" {
					t.Errorf("%s: asked for a key with %q", service, aws.authorized)
				}
				if err := call(t.Context()); err != nil || aws.keys > 1 {
					t.Errorf("%s: the second call asked for a key again: %v", service, err)
				}
			}
		})
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

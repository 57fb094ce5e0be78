package sender_test

import (
	"bytes"
	"context"
	"crypto/hmac"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/textproto"
	"net/url"
	"strings"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/credentials"
	"github.com/google/go-cmp/cmp"

	"gatehouse/internal/base/seal"
	"gatehouse/internal/directory/sigv4"
	"gatehouse/internal/message"
	"gatehouse/internal/sender"
)

var sentAt = time.Date(2026, 3, 4, 5, 6, 7, 0, time.UTC)

// service is a program of others that answers with the status and the body, and
// records the last request.
type service struct {
	status       int
	answer       string
	fails        error
	request      *http.Request
	body         []byte
	hangsTillEnd bool
}

func (s *service) RoundTrip(r *http.Request) (*http.Response, error) {
	s.request = r
	s.body, _ = io.ReadAll(r.Body)
	if s.hangsTillEnd {
		<-r.Context().Done()
		return nil, r.Context().Err()
	}
	if s.fails != nil {
		return nil, s.fails
	}
	return &http.Response{StatusCode: s.status, Header: http.Header{}, Body: io.NopCloser(strings.NewReader(s.answer))}, nil
}

func (s *service) aws() sender.AWS {
	return sender.AWS{Region: "eu-central-1", Credentials: credentials.NewStaticCredentialsProvider("AKIAEXAMPLE", "s3cret", ""), Client: &http.Client{Transport: s}, Now: func() time.Time { return sentAt }}
}

func letter() *message.Message {
	return &message.Message{Medium: message.Email, To: "alice@example.com", Subject: "Your code", Body: "<p>123456 &amp; more</p>", HTML: true, Pool: "us-east-1_A", Purpose: "verify", Sent: sentAt}
}

func sms() *message.Message {
	return &message.Message{Medium: message.SMS, To: "+15550001111", Body: "Your code is 123456 & more", Pool: "us-east-1_A", Purpose: "mfa", Sent: sentAt}
}

func TestSESGetsTheLetter(t *testing.T) {
	s := &service{status: 200, answer: `{"MessageId":"1"}`}
	m := letter()
	m.Subject = "Hello\r\nBcc: mallory@example.com"
	m.Sender = message.Identity{From: "Shop <shop@example.com>", ReplyTo: "help@example.com", ARN: "arn:aws:ses:eu-central-1:000000000000:identity/example.com", ConfigurationSet: "set"}
	if err := (&sender.SES{AWS: s.aws(), From: "no-reply@example.com"}).Send(t.Context(), m); err != nil {
		t.Fatal(err)
	}
	if got := s.request.URL.String(); got != "https://email.eu-central-1.amazonaws.com/v2/email/outbound-emails" {
		t.Errorf("address %s", got)
	}
	if got := s.request.Header.Get("Authorization"); !strings.HasPrefix(got, "AWS4-HMAC-SHA256 Credential=AKIAEXAMPLE/20260304/eu-central-1/ses/aws4_request, ") {
		t.Errorf("Authorization %q", got)
	}
	kind := "Text"
	if m.HTML {
		kind = "Html"
	}
	var got, want any
	if err := json.Unmarshal(s.body, &got); err != nil {
		t.Fatal(err)
	}
	text, _ := json.Marshal(m.Body.Reveal())
	json.Unmarshal([]byte(`{"FromEmailAddress":"Shop <shop@example.com>","FromEmailAddressIdentityArn":"arn:aws:ses:eu-central-1:000000000000:identity/example.com",
		"Destination":{"ToAddresses":["`+m.To+`"]},"ReplyToAddresses":["help@example.com"],"ConfigurationSetName":"set",
		"Content":{"Simple":{"Subject":{"Data":"Hello  Bcc: mallory@example.com","Charset":"UTF-8"},"Body":{"`+kind+`":{"Data":`+string(text)+`,"Charset":"UTF-8"}}}}}`), &want)
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("body (-want +got):\n%s", diff)
	}
	m.Sender = message.Identity{}
	if err := (&sender.SES{AWS: s.aws(), From: "no-reply@example.com"}).Send(t.Context(), m); err != nil || !bytes.Contains(s.body, []byte(`"FromEmailAddress":"no-reply@example.com"`)) {
		t.Errorf("without an identity of the pool: %v, %s", err, s.body)
	}
}

func TestSNSGetsTheText(t *testing.T) {
	s := &service{status: 200, answer: "<PublishResponse/>"}
	m := sms()
	if err := (&sender.SNS{AWS: s.aws(), SenderID: "Example"}).Send(t.Context(), m); err != nil {
		t.Fatal(err)
	}
	if got := s.request.URL.String(); got != "https://sns.eu-central-1.amazonaws.com/" {
		t.Errorf("address %s", got)
	}
	got, err := url.ParseQuery(string(s.body))
	if err != nil {
		t.Fatal(err)
	}
	const entry = "MessageAttributes.entry."
	want := url.Values{
		"Action": {"Publish"}, "Version": {"2010-03-31"}, "PhoneNumber": {"+15550001111"}, "Message": {"Your code is 123456 & more"},
		entry + "1.Name": {"AWS.SNS.SMS.SMSType"}, entry + "1.Value.DataType": {"String"}, entry + "1.Value.StringValue": {"Transactional"},
		entry + "2.Name": {"AWS.SNS.SMS.SenderID"}, entry + "2.Value.DataType": {"String"}, entry + "2.Value.StringValue": {"Example"},
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("form (-want +got):\n%s", diff)
	}
	m.Sender.Region = "ap-south-1"
	if err := (&sender.SNS{AWS: s.aws()}).Send(t.Context(), m); err != nil || s.request.URL.Host != "sns.ap-south-1.amazonaws.com" || !strings.Contains(s.request.Header.Get("Authorization"), "/ap-south-1/sns/") {
		t.Errorf("the pool's region: %v, %s", err, s.request.URL)
	}
}

// A pool that chose End User Messaging gets it with the account of SNS, in its own
// region, whatever the account's is.
func TestEndUserMessagingGetsTheText(t *testing.T) {
	verifier := sigv4.Verifier{Service: "sms-voice", Region: "us-east-1", Now: func() time.Time { return sentAt }, Secret: func(context.Context, string) (seal.Secret, error) { return "s3cret", nil }}
	for name, tt := range map[string]struct {
		texting              message.Texting
		endpoint, host, body string
	}{
		"all": {message.Texting{Region: "us-east-1", Origin: "+15559990000", ConfigurationSet: "set", Entity: "1", Template: "2"}, "", "sms-voice.us-east-1.amazonaws.com",
			`"OriginationIdentity":"+15559990000","ConfigurationSetName":"set","DestinationCountryParameters":{"IN_ENTITY_ID":"1","IN_TEMPLATE_ID":"2"}}`},
		"nothing chosen":   {message.Texting{Region: "us-east-1"}, "", "sms-voice.us-east-1.amazonaws.com", ""},
		"another endpoint": {message.Texting{Region: "us-east-1"}, "http://localhost:4566", "localhost:4566", ""},
	} {
		t.Run(name, func(t *testing.T) {
			s, m := &service{status: 200, answer: `{"MessageId":"1"}`}, sms()
			account := s.aws()
			account.Endpoint, m.Sender.Texting = tt.endpoint, &tt.texting
			if err := (&sender.SNS{AWS: account, SenderID: "Example"}).Send(t.Context(), m); err != nil {
				t.Fatal(err)
			}
			r := s.request
			if r.URL.Host != tt.host || r.URL.Path != "/" || r.Header.Get("X-Amz-Target") != "PinpointSMSVoiceV2.SendTextMessage" || r.Header.Get("Content-Type") != "application/x-amz-json-1.0" {
				t.Errorf("%s with %v", r.URL, r.Header)
			}
			if _, err := verifier.Verify(t.Context(), &sigv4.Request{Method: r.Method, URL: r.URL, Host: r.URL.Host, Header: textproto.MIMEHeader(r.Header), ContentLength: r.ContentLength}, s.body); err != nil {
				t.Errorf("the signature: %v", err)
			}
			want := `{"DestinationPhoneNumber":"+15550001111","MessageBody":"Your code is 123456 \u0026 more","MessageType":"TRANSACTIONAL"`
			if tt.body != "" {
				want += "," + tt.body
			} else {
				want += "}"
			}
			if string(s.body) != want {
				t.Errorf("body %s, want %s", s.body, want)
			}
		})
	}
	m := sms()
	m.Sender.Texting = &message.Texting{Region: "evil.example.com/"}
	s := &service{status: 200}
	if err := (&sender.SNS{AWS: s.aws()}).Send(t.Context(), m); !errors.Is(err, message.ErrDelivery) || s.request != nil {
		t.Errorf("no region: %v, asked %v", err, s.request)
	}
}

func TestAnotherEndpoint(t *testing.T) {
	s := &service{status: 200}
	aws := s.aws()
	aws.Endpoint = "http://localhost:4566/"
	if err := (&sender.SNS{AWS: aws}).Send(t.Context(), sms()); err != nil || s.request.URL.String() != "http://localhost:4566/" {
		t.Errorf("%v, %s", err, s.request.URL)
	}
}

func TestAWebhookGetsASignedMessage(t *testing.T) {
	s := &service{status: 204}
	const secret seal.Secret = "0123456789abcdef0123456789abcdef"
	hook := &sender.Webhook{URL: "https://sms.example.com/send", Secret: secret, Client: &http.Client{Transport: s}, Now: func() time.Time { return sentAt }}
	if err := hook.Send(t.Context(), sms()); err != nil {
		t.Fatal(err)
	}
	if want := `{"medium":"SMS","to":"+15550001111","text":"Your code is 123456 \u0026 more","pool":"us-east-1_A","purpose":"mfa"}`; string(s.body) != want {
		t.Errorf("body %s, want %s", s.body, want)
	}
	first := s.request.Header.Get("Gatehouse-Signature")
	var id, mac string
	if _, err := fmt.Sscanf(strings.ReplaceAll(first, ",", " "), fmt.Sprintf("t=%d id=%%s v1=%%s", sentAt.Unix()), &id, &mac); err != nil {
		t.Fatalf("signature %q: %v", first, err)
	}
	h := hmac.New(sha256.New, []byte(secret.Reveal()))
	fmt.Fprintf(h, "%d.%s.%s", sentAt.Unix(), id, s.body)
	if mac != hex.EncodeToString(h.Sum(nil)) {
		t.Errorf("signature %q is not that of time, id and body", first)
	}
	if err := hook.Send(t.Context(), sms()); err != nil || s.request.Header.Get("Gatehouse-Signature") == first {
		t.Errorf("%v; two requests have one signature", err)
	}
}

// An error says what went wrong and has nothing of the message, which holds a code.
func TestSendersThatFail(t *testing.T) {
	answers := []struct {
		what string
		service
		says string
	}{
		{"JSON", service{status: 400, answer: `{"__type":"com.amazonaws#MessageRejected","message":"not verified: 123456"}`}, "status 400 MessageRejected"},
		{"XML", service{status: 403, answer: `<ErrorResponse><Error><Code>AuthorizationError</Code><Message>123456</Message></Error></ErrorResponse>`}, "status 403 AuthorizationError"},
		{"anything else", service{status: 502, answer: "123456\n"}, "status 502"},
		{"a redirect", service{status: 302}, "status 302"},
		{"no answer", service{fails: errors.New("connection refused")}, "connection refused"},
	}
	for _, a := range answers {
		client := &http.Client{Transport: &a.service, CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }}
		aws := a.aws()
		aws.Client = client
		for name, err := range map[string]error{
			"SES":     (&sender.SES{AWS: aws, From: "a@example.com"}).Send(t.Context(), letter()),
			"SNS":     (&sender.SNS{AWS: aws}).Send(t.Context(), sms()),
			"webhook": (&sender.Webhook{URL: "https://sms.example.com/", Client: client, Now: time.Now}).Send(t.Context(), sms()),
		} {
			if !errors.Is(err, message.ErrDelivery) || !strings.Contains(fmt.Sprint(errors.Unwrap(err)), a.says) || strings.Contains(fmt.Sprint(err, errors.Unwrap(err)), "123456") {
				t.Errorf("%s, %s: %v (%v), want ErrDelivery that says %q", name, a.what, err, errors.Unwrap(err), a.says)
			}
		}
	}
}

func TestSendersRefuseWhatIsNotTheirs(t *testing.T) {
	s := &service{status: 200}
	hook := &sender.Webhook{Client: &http.Client{Transport: s}, Now: time.Now}
	bad := sms()
	bad.To = "+1555000111,+15550002222"
	many := letter()
	many.To = "a@example.com, b@example.com"
	for what, test := range map[string]struct {
		by   message.Sender
		m    *message.Message
		want error
	}{
		"SMS by SES": {&sender.SES{AWS: s.aws()}, sms(), message.ErrNotConfigured}, "e-mail by SNS": {&sender.SNS{AWS: s.aws()}, letter(), message.ErrNotConfigured},
		"e-mail by webhook": {hook, letter(), message.ErrNotConfigured}, "two numbers": {&sender.SNS{AWS: s.aws()}, bad, message.ErrRecipient},
		"two numbers by webhook": {hook, bad, message.ErrRecipient}, "two addresses": {&sender.SES{AWS: s.aws()}, many, message.ErrRecipient},
	} {
		if err := test.by.Send(t.Context(), test.m); !errors.Is(err, test.want) {
			t.Errorf("%s: %v, want %v", what, err, test.want)
		}
	}
	if s.request != nil {
		t.Error("something was sent")
	}
}

func TestAServiceThatHangsCostsItsLimit(t *testing.T) {
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	s := &service{hangsTillEnd: true}
	if err := (&sender.SNS{AWS: s.aws()}).Send(ctx, sms()); !errors.Is(err, message.ErrDelivery) {
		t.Errorf("%v, want ErrDelivery", err)
	}
}

// The region of a pool is a part of the host's name: one that is no region would
// send the codes to any host.
func TestARegionLeadsToNoOtherHost(t *testing.T) {
	for _, region := range []string{"a@127.0.0.1:9/", "example.com/", "example.com?", "example.com#", "eu.example", "EU-1/..", "eu west"} {
		s, m := &service{status: 200}, sms()
		m.Sender.Region = region
		if err := (&sender.SNS{AWS: s.aws()}).Send(t.Context(), m); !errors.Is(err, message.ErrDelivery) || s.request != nil {
			t.Errorf("region %q: %v, request %v; want %v and none", region, err, s.request, message.ErrDelivery)
		}
	}
}

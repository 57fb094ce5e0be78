package server_test

import (
	"os"
	"reflect"
	"strings"
	"testing"
	"time"

	"gatehouse/internal/base/settings"
	"gatehouse/internal/config"
	"gatehouse/internal/directory/userpool"
	"gatehouse/internal/server"
)

// declaredKeys are the keys of a pool's settings, each on a line of its own.
const declaredKeys = `
      mfa: {configuration: ON, factors: [SOFTWARE_TOKEN_MFA, EMAIL_OTP, SMS_MFA]}
      allowed_first_auth_factors: [PASSWORD, WEB_AUTHN]
      web_authn: {relying_party_id: staff.example.com, factor_configuration: MULTI_FACTOR_WITH_USER_VERIFICATION}
      password_policy: {minimum_length: 12, require_symbols: false, password_history_size: 3}
      auto_verified_attributes: [email, phone_number]
      account_recovery: [verified_phone_number, verified_email]
      advanced_security_mode: ENFORCED
      device_configuration: {challenge_required_on_new_device: true}
      lambda_config: {pre_token_generation: 'arn:aws:lambda:us-east-1:000000000000:function:f', pre_token_generation_version: V2_0}
      messages: {verification: {email_message: 'code {####}'}, invitation: {email_subject: Welcome}, authentication: {sms_message: '{####}'}}
      custom_attributes: [{name: team}]
`

// declaredPool returns a configuration with the settings of its pool.
func declaredPool(t *testing.T, dir, keys string) *config.Config {
	t.Helper()
	text := strings.NewReplacer("{secret}", secretOne, "{access}", admins, "      groups: [admins]\n", strings.TrimPrefix(keys, "\n")+"      groups: [admins]\n",
		"  pools:\n", "  sms: {webhook: {url: 'https://sms.example.com', secret: 0123456789abcdef0123456789abcdef}}\n  functions: [{arn: 'arn:aws:lambda:*', webhook_url: 'https://hooks.example.com', secret: 0123456789abcdef0123456789abcdef}]\n  pools:\n").Replace(file)
	c, err := config.Load(settings.Source{Path: "test.yaml", Data: []byte("data_dir: " + dir + "\n" + text)})
	if err != nil {
		t.Fatal(err)
	}
	return c
}

func declared(t *testing.T, s *server.Server) userpool.Settings {
	t.Helper()
	p, err := s.Pools().Pool(t.Context(), "us-east-1_Staff0001")
	if err != nil {
		t.Fatal(err)
	}
	p.Settings.Schema, p.Settings.Declared = nil, nil
	return p.Settings
}

// What the file says of a pool holds on start and on reload, and its default comes
// back when it is taken out. What the file does not say is the API's.
func TestThePoolsOfTheFileHaveItsSettings(t *testing.T) {
	dir := t.TempDir()
	s := start(t, declaredPool(t, dir, ""))
	defaults := declared(t, s)
	if err := s.Reload(t.Context(), declaredPool(t, dir, declaredKeys)); err != nil {
		t.Fatal(err)
	}
	got := declared(t, s)
	want := defaults
	want.MFA = userpool.MFA{Mode: userpool.MFARequired, SMS: true, Email: true, TOTP: new(true), Message: userpool.Template{SMSMessage: "{####}"}}
	want.SMS = &userpool.SMSConfiguration{CallerARN: "arn:aws:iam::000000000000:role/gatehouse"}
	want.FirstFactors = []string{"PASSWORD", "WEB_AUTHN"}
	want.Passkeys = userpool.Passkeys{RelyingParty: "staff.example.com", UserVerification: "preferred", MultiFactor: true}
	want.PasswordPolicy = userpool.PasswordPolicy{MinimumLength: 12, Lowercase: true, Uppercase: true, Numbers: true, TemporaryValidityDays: 7, HistorySize: 3}
	want.AutoVerified = []string{"email", "phone_number"}
	want.Recovery = []userpool.RecoveryOption{{Name: "verified_phone_number", Priority: 1}, {Name: "verified_email", Priority: 2}}
	want.Threats = userpool.Threats{Mode: userpool.ThreatsEnforced, Chosen: true}
	want.Devices = &userpool.Devices{ReplaceMFA: true}
	want.Triggers = userpool.Triggers{Functions: map[userpool.Trigger]string{userpool.TriggerPreToken: "arn:aws:lambda:us-east-1:000000000000:function:f"}, TokenEvent: 2}
	want.Verification, want.Invitation = userpool.Template{EmailMessage: "code {####}"}, userpool.Template{EmailSubject: "Welcome"}
	if !reflect.DeepEqual(got, want) {
		t.Errorf("got  %+v\nwant %+v", got, want)
	}
	if p, _ := s.Pools().Pool(t.Context(), "us-east-1_Staff0001"); p.Attribute("custom:team") == nil {
		t.Error("the pool has no attribute of its own")
	}
	s.Close()

	s = start(t, declaredPool(t, dir, declaredKeys)) // again, on a start
	if again := declared(t, s); !reflect.DeepEqual(again, want) {
		t.Errorf("after a start %+v\nwant %+v", again, want)
	}
	if err := s.Reload(t.Context(), declaredPool(t, dir, "")); err != nil {
		t.Fatal(err)
	}
	want = defaults
	want.SMS = got.SMS // how SMS is sent is no key of the pool
	if back := declared(t, s); !reflect.DeepEqual(back, want) {
		t.Errorf("after the keys were taken out %+v\nwant %+v", back, want)
	}
}

// The API decides what the file does not say, also over a start; and nothing that the
// API changes stays where the file decides.
func TestTheAPIAndTheFileDecideApart(t *testing.T) {
	dir := t.TempDir()
	const keys = "      mfa: {factors: [EMAIL_OTP]}\n"
	s := start(t, declaredPool(t, dir, keys))
	if _, err := s.Pools().UpdatePool(t.Context(), "us-east-1_Staff0001", func(p *userpool.Pool) error {
		p.Settings.PasswordPolicy.MinimumLength, p.Settings.MFA = 20, userpool.MFA{}
		return nil
	}); err != nil {
		t.Fatal(err)
	}
	s.Close()
	s = start(t, declaredPool(t, dir, keys))
	if got := declared(t, s); got.PasswordPolicy.MinimumLength != 20 || got.MFA.Mode != userpool.MFAOptional || !got.MFA.Email {
		t.Errorf("got %+v and %+v, want the policy of the API and the MFA of the file", got.PasswordPolicy, got.MFA)
	}
}

func TestAnAttributeOfTheFileNeverChanges(t *testing.T) {
	dir := t.TempDir()
	s := start(t, declaredPool(t, dir, "      custom_attributes: [{name: floor}]\n"))
	err := s.Reload(t.Context(), declaredPool(t, dir, "      custom_attributes: [{name: floor, type: Number}]\n"))
	if err == nil || !strings.Contains(err.Error(), "custom:floor") {
		t.Errorf("got %v, want it to name the attribute", err)
	}
}

// The temporary password was the permanent one, which a pool with a history then took for
// used before: the server did not start.
func TestUsersOfAPoolThatRemembersPasswords(t *testing.T) {
	s := start(t, declaredPool(t, t.TempDir(), "      password_policy: {password_history_size: 3}\n"))
	p, err := s.Pools().Pool(t.Context(), "us-east-1_Staff0001")
	if err != nil || p.Settings.PasswordPolicy.HistorySize != 3 {
		t.Errorf("the pool is %+v (%v), want a history of 3", p, err)
	}
}

func TestClientsOfTheFileHaveItsLifetimes(t *testing.T) {
	dir := t.TempDir()
	for _, want := range []string{"10m0s 20m0s 48h0m0s 5m0s", "1h0m0s 1h0m0s 720h0m0s 3m0s"} {
		c := declaredPool(t, dir, "")
		if strings.HasPrefix(want, "10m") {
			c.Directory.Pools[0].Clients[0].TokenValidity = &config.ClientValidity{AccessToken: 10 * minute, IDToken: 20 * minute, RefreshToken: 48 * 60 * minute, AuthSession: 5 * minute}
		}
		s := start(t, c)
		client, err := s.Pools().Client(t.Context(), "gateway")
		if err != nil {
			t.Fatal(err)
		}
		if got := strings.Join([]string{client.AccessTokenLife().String(), client.IDTokenLife().String(), client.RefreshTokenLife().String(), client.AuthSession().String()}, " "); got != want {
			t.Errorf("got %s, want %s", got, want)
		}
		s.Close()
	}
}

const minute = time.Minute

// The example of the documentation starts.
func TestTheExampleOfPoolsStarts(t *testing.T) {
	text, err := os.ReadFile("../../docs/examples/pools.yaml")
	if err != nil {
		t.Fatal(err)
	}
	c, err := config.Load(settings.Source{Path: "pools.yaml", Data: []byte(strings.Replace(string(text), "data_dir: data", "data_dir: "+t.TempDir(), 1))})
	if err != nil {
		t.Fatal(err)
	}
	s := start(t, c)
	if got := declared(t, s); got.RecoveryCodes != 10 || got.MFA.Mode != userpool.MFAOptional || got.PasswordPolicy.MinimumLength != 12 || got.Triggers.Functions[userpool.TriggerPostConfirmation] == "" {
		t.Errorf("got %+v", got)
	}
}

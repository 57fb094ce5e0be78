package userpool_test

import (
	"errors"
	"testing"

	"gatehouse/internal/base/fault"
	"gatehouse/internal/directory/userpool"
	"gatehouse/internal/testing/gatetest/enginetest"
)

var role = &userpool.SMSConfiguration{CallerARN: "arn:aws:iam::000000000000:role/sms"}

const (
	noFactor   = "Invalid MFA configuration given, at least one of SMS MFA, Email MFA, or Software Token MFA must be enabled."
	noRegion   = "SnsRegion is not the name of a region."
	noSMS      = "SMS configuration and Auto verification for phone_number are required when MFA is required/optional"
	offAndOn   = "Invalid MFA configuration given, can't turn off MFA and configure an MFA together"
	tooLateNow = "Cannot turn MFA functionality ON, once the user pool has been created"
)

func TestMFAOfANewPool(t *testing.T) {
	d := enginetest.New(t, userpool.Settings{})
	tests := []struct {
		name string
		s    userpool.Settings
		want string
	}{
		{"off", userpool.Settings{}, ""},
		{"no factor", userpool.Settings{MFA: userpool.MFA{Mode: userpool.MFAOptional}}, noFactor},
		{"SMS", userpool.Settings{MFA: userpool.MFA{Mode: userpool.MFARequired, SMS: true}, SMS: role}, ""},
		{"SMS without its configuration", userpool.Settings{MFA: userpool.MFA{Mode: userpool.MFAOptional, SMS: true}}, noSMS},
		{"e-mail", userpool.Settings{MFA: userpool.MFA{Mode: userpool.MFARequired, Email: true}}, ""},
		{"an app that is configured and off", userpool.Settings{MFA: userpool.MFA{Mode: userpool.MFARequired, TOTP: new(false)}}, ""},
	}
	for _, test := range tests {
		_, err := d.Pools.CreatePool(t.Context(), "", "us-east-1", "p", test.s)
		wantSettings(t, test.name, err, test.want)
	}
}

// wantSettings fails the test unless err is ErrSettings with that text, or nil for "".
func wantSettings(t *testing.T, what string, err error, text string) {
	t.Helper()
	if text == "" && err != nil {
		t.Errorf("%s: %v", what, err)
	}
	if text != "" && (!errors.Is(err, userpool.ErrSettings) || fault.As(err).Message != text) {
		t.Errorf("%s: %v, want %q", what, err, text)
	}
}

func TestSetMFA(t *testing.T) {
	d := enginetest.New(t, userpool.Settings{})
	set := func(m userpool.MFA, sms *userpool.SMSConfiguration) error {
		_, err := d.Pools.SetMFA(t.Context(), d.Pool.ID, m, userpool.Passkeys{}, sms)
		return err
	}
	kept := func() userpool.Settings {
		p, err := d.Pools.Pool(t.Context(), d.Pool.ID)
		if err != nil {
			t.Fatal(err)
		}
		return p.Settings
	}
	app := userpool.MFA{Mode: userpool.MFAOptional, TOTP: new(true)}
	wantSettings(t, "an app", set(app, nil), "")
	for name, m := range map[string]userpool.MFA{
		"off with an app": {TOTP: new(false)}, "off with SMS": {SMS: true}, "off with e-mail": {Email: true},
	} {
		wantSettings(t, name, set(m, role), offAndOn)
	}
	wantSettings(t, "no factor", set(userpool.MFA{Mode: userpool.MFARequired}, role), noFactor)
	wantSettings(t, "SMS without its configuration", set(userpool.MFA{Mode: userpool.MFARequired, SMS: true}, nil), noSMS)
	if s := kept(); !s.MFA.AcceptsTOTP() || s.SMS != nil {
		t.Errorf("a refused request was stored: %+v", s.MFA)
	}
	wantSettings(t, "SMS", set(userpool.MFA{Mode: userpool.MFARequired, SMS: true, Message: userpool.Template{SMSMessage: "{####}"}}, role), "")
	wantSettings(t, "SMS with the configuration of before", set(userpool.MFA{Mode: userpool.MFARequired, SMS: true}, nil), "")
	if s := kept(); s.MFA.AcceptsTOTP() || !s.MFA.AcceptsCodeTo("phone_number") || s.MFA.AcceptsCodeTo("email") || s.MFA.Message.SMSMessage != "" {
		t.Errorf("factors %+v, want SMS alone", s.MFA)
	}
	wantSettings(t, "reset", set(userpool.MFA{}, nil), "")
	if s := kept(); s.MFA != (userpool.MFA{}) || s.SMS == nil {
		t.Errorf("after a reset: %+v, SMS %v; want no MFA, and the SMS configuration", s.MFA, s.SMS)
	}
}

func TestUpdateOfThePoolKeepsTheFactors(t *testing.T) {
	update := func(d *enginetest.Directory, mode *userpool.MFAMode, s userpool.Settings) (userpool.Settings, error) {
		err := d.Pools.ReplaceSettings(t.Context(), d.Pool.ID, nil, mode, s)
		p, loading := d.Pools.Pool(t.Context(), d.Pool.ID)
		if loading != nil {
			t.Fatal(loading)
		}
		return p.Settings, err
	}
	bare := enginetest.New(t, userpool.Settings{})
	s, err := update(bare, new(userpool.MFARequired), userpool.Settings{})
	wantSettings(t, "ON in a pool that never had a factor", err, tooLateNow)
	s, err = update(bare, new(userpool.MFAOptional), userpool.Settings{})
	wantSettings(t, "OPTIONAL without SMS", err, noSMS)
	if s.MFA != (userpool.MFA{}) {
		t.Errorf("a refused update was stored: %+v", s.MFA)
	}
	s, err = update(bare, new(userpool.MFAOptional), userpool.Settings{SMS: role})
	wantSettings(t, "OPTIONAL with SMS", err, "")
	if !s.MFA.AcceptsCodeTo("phone_number") {
		t.Errorf("OPTIONAL with SMS: %+v", s.MFA)
	}
	s, err = update(bare, nil, userpool.Settings{})
	wantSettings(t, "nothing", err, "")
	if s.MFA.Mode != userpool.MFAOptional || !s.MFA.SMS || s.SMS == nil {
		t.Errorf("an update that does not mention MFA: %+v, SMS %v; want both kept", s.MFA, s.SMS)
	}
	s, err = update(bare, new(userpool.MFAOff), userpool.Settings{})
	wantSettings(t, "off", err, "")
	if s.MFA.Mode != userpool.MFAOff || s.SMS == nil {
		t.Errorf("an update that turns MFA off: mode %q, SMS %v; want off, and the configuration kept", s.MFA.Mode, s.SMS)
	}
	s, err = update(bare, new(userpool.MFARequired), userpool.Settings{})
	wantSettings(t, "ON again", err, "")
	if s.MFA.Mode != userpool.MFARequired || !s.MFA.SMS {
		t.Errorf("ON again: %+v", s.MFA)
	}
}

func TestSMSNeedsARole(t *testing.T) {
	d := enginetest.New(t, userpool.Settings{})
	_, err := d.Pools.SetMFA(t.Context(), d.Pool.ID, userpool.MFA{}, userpool.Passkeys{}, &userpool.SMSConfiguration{})
	wantSettings(t, "SetMFA without a role", err, "SmsConfiguration needs SnsCallerArn or EumsSms.")
	if p, err := d.Pools.Pool(t.Context(), d.Pool.ID); err != nil || p.Settings.SMS != nil {
		t.Errorf("stored: %+v, %v", p.Settings.SMS, err)
	}
}

// The region of SNS is a part of the name of the host that gets the codes.
func TestRegionOfSMS(t *testing.T) {
	d := enginetest.New(t, userpool.Settings{})
	for region, want := range map[string]string{
		"": "", "eu-central-1": "", "us-gov-west-1": "", "ap-southeast-12": "",
		"a@127.0.0.1:9/": noRegion, "example.com/": noRegion, "example.com#": noRegion, "eu.example": noRegion, "eu-west-1.example.com": noRegion, "EU-WEST-1": noRegion,
	} {
		sms := &userpool.SMSConfiguration{CallerARN: role.CallerARN, Region: region}
		_, err := d.Pools.CreatePool(t.Context(), "", "us-east-1", "p", userpool.Settings{SMS: sms})
		wantSettings(t, "new pool: "+region, err, want)
		_, err = d.Pools.SetMFA(t.Context(), d.Pool.ID, userpool.MFA{}, userpool.Passkeys{}, sms)
		wantSettings(t, "SetMFA: "+region, err, want)
		p, err := d.Pools.Pool(t.Context(), d.Pool.ID)
		if err != nil {
			t.Fatal(err)
		}
		if kept := p.Settings.SMS.SendsFrom(); want != "" && kept == region {
			t.Errorf("the region %q was stored", region)
		}
	}
}

// End User Messaging sends from the region of the pool alone, and not beside SNS.
func TestEndUserMessaging(t *testing.T) {
	const region, both = "The Region of EumsSms must be that of the user pool, us-east-1.", "SmsConfiguration has SnsCallerArn or SnsRegion together with EumsSms: give one of the two."
	d := enginetest.New(t, userpool.Settings{})
	for name, tt := range map[string]struct {
		sms  userpool.SMSConfiguration
		want string
	}{
		"the pool's region": {userpool.SMSConfiguration{EUMS: &userpool.EUMS{CallerARN: role.CallerARN, Region: "us-east-1"}}, ""},
		"no region":         {userpool.SMSConfiguration{EUMS: &userpool.EUMS{CallerARN: role.CallerARN}}, ""},
		"another region":    {userpool.SMSConfiguration{EUMS: &userpool.EUMS{CallerARN: role.CallerARN, Region: "eu-west-1"}}, region},
		"SNS too":           {userpool.SMSConfiguration{CallerARN: role.CallerARN, EUMS: &userpool.EUMS{CallerARN: role.CallerARN}}, both},
		"the region of SNS": {userpool.SMSConfiguration{Region: "us-east-1", EUMS: &userpool.EUMS{CallerARN: role.CallerARN}}, both},
	} {
		_, err := d.Pools.CreatePool(t.Context(), "", "us-east-1", "p", userpool.Settings{SMS: &tt.sms})
		wantSettings(t, "new pool: "+name, err, tt.want)
		_, err = d.Pools.SetMFA(t.Context(), d.Pool.ID, userpool.MFA{}, userpool.Passkeys{}, &tt.sms)
		wantSettings(t, "SetMFA: "+name, err, tt.want)
	}
	p, err := d.Pools.Pool(t.Context(), d.Pool.ID)
	if err != nil || p.Settings.SMS.CallerARN != "" || p.Settings.SMS.EUMS == nil || p.Settings.SMS.EUMS.Region == "eu-west-1" {
		t.Errorf("kept %+v, %v", p.Settings.SMS, err)
	}
}

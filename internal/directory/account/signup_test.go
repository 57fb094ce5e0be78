package account_test

import (
	"errors"
	"strings"
	"testing"
	"time"

	"gatehouse/internal/base/fault"
	"gatehouse/internal/base/seal"
	"gatehouse/internal/directory/account"
	"gatehouse/internal/directory/credential"
	"gatehouse/internal/directory/signin"
	"gatehouse/internal/directory/user"
	"gatehouse/internal/directory/userpool"
	"gatehouse/internal/message"
	"gatehouse/internal/testing/gatetest/enginetest"
)

func TestSignUpIsConfirmedWithTheCode(t *testing.T) {
	d := newDesk(t, verifying())
	u, delivery, err := d.signUp(d.tells, "alice", right, "email", "alice@example.com", "name", "Alice")
	wantDelivery(t, "sign-up", delivery, err, account.Delivery{Destination: "a***@e***", Medium: "EMAIL", Attribute: "email"})
	if u.Status != user.Unconfirmed || !u.Enabled || u.Attributes["name"] != "Alice" {
		t.Errorf("new user is %s, enabled %t, %v", u.Status, u.Enabled, u.Attributes)
	}
	wantErr(t, "sign-in before", d.opens("alice", right), signin.ErrNotConfirmed)
	code := d.MustCode("alice@example.com")
	wantErr(t, "wrong code", d.confirm(d.tells, "alice", enginetest.WrongCode(code)), credential.ErrCodeMismatch)
	d.wantStatus("alice", user.Unconfirmed)
	wantErr(t, "right code", d.confirm(d.tells, "alice", code), nil)
	d.wantStatus("alice", user.Confirmed)
	if !d.MustFind("alice@example.com").Verified("email") {
		t.Error("the address that the code went to is not verified")
	}
	wantErr(t, "sign-in after", d.opens("alice@example.com", right), nil)
	wantErr(t, "the code again", d.confirm(d.tells, "alice", code), account.ErrStatus.Saying("User cannot be confirmed. Current status is CONFIRMED"))
}

func TestSignUpRefusals(t *testing.T) {
	s := verifying()
	s.AliasAttributes = []string{"email", "phone_number", "preferred_username"}
	s.Schema = []userpool.Attribute{
		{Name: "given_name", Type: userpool.TypeString, Mutable: true, Required: true},
		{Name: "custom:badge", Type: userpool.TypeNumber, Mutable: true, MaxValue: "9"},
	}
	schema := func(text string) *fault.Error {
		return user.ErrAttributes.Saying("%s", "Attributes did not conform to the schema: "+text)
	}
	d := newDesk(t, s)
	badge := d.MustClient(userpool.ClientSettings{WriteAttributes: []string{"given_name", "email", "custom:badge"}})
	d.MustUser("taken", "given_name", "T")
	tests := []struct {
		what, name string
		password   seal.Secret
		client     *userpool.Client
		attributes []string
		want       *fault.Error
	}{
		{"weak password", "alice", "password", d.tells, []string{"given_name", "A"}, credential.ErrPasswordPolicy.Saying("Password did not conform with policy: Password must have uppercase characters")},
		{"name that is taken", "taken", right, d.tells, []string{"given_name", "A"}, user.ErrUsernameExists},
		{"name that is taken, hidden", "taken", right, d.hiding, []string{"given_name", "A"}, user.ErrUsernameExists},
		{"name with a space", "al ice", right, d.tells, []string{"given_name", "A"}, user.ErrUsername.Saying("Username cannot be empty or contain spaces.")},
		{"name like an alias", "alice@example.com", right, d.tells, []string{"given_name", "A"}, user.ErrUsername.Saying("Username cannot be of email format, since user pool is configured for email alias.")},
		{"name like a phone alias", "+15550001111", right, d.tells, []string{"given_name", "A"}, user.ErrUsername.Saying("Username cannot be of phone number format, since user pool is configured for phone number alias.")},
		{"required attribute missing", "alice", right, d.tells, nil, schema("given_name: The attribute is required\n")},
		{"required attribute empty", "alice", right, d.tells, []string{"given_name", ""}, schema("given_name: The attribute is required\n")},
		{"attribute that is not there", "alice", right, d.tells, []string{"given_name", "A", "custom:x", "1"}, schema("custom:x: Attribute does not exist in the schema.\n")},
		{"attribute that the client may not write", "alice", right, d.tells, []string{"given_name", "A", "custom:badge", "1"}, user.ErrUnwritable},
		{"attribute out of range", "alice", right, badge, []string{"given_name", "A", "custom:badge", "10"}, schema("custom:badge: Attribute value is out of range.\n")},
		{"verified flag", "alice", right, d.tells, []string{"given_name", "A", "email", "a@example.com", "email_verified", "true"}, user.ErrUnwritable},
		{"sub", "alice", right, d.tells, []string{"given_name", "A", "sub", "1"}, user.ErrUnwritable},
		{"preferred username as alias", "alice", right, d.tells, []string{"given_name", "A", "preferred_username", "al"}, user.ErrAttributes.Saying("Preferred username cannot be provided for unconfirmed account, since user pool is configured for preferred username alias.")},
		{"bad address", "alice", right, d.tells, []string{"given_name", "A", "email", "alice"}, user.ErrAttributes.Saying("Invalid email address format.")},
		{"bad number", "alice", right, d.tells, []string{"given_name", "A", "phone_number", "5550001111"}, user.ErrAttributes.Saying("Invalid phone number format.")},
	}
	for _, test := range tests {
		_, _, err := d.signUp(test.client, test.name, test.password, test.attributes...)
		wantErr(t, test.what, err, test.want)
	}
	if _, err := d.Users.Find(t.Context(), d.Pool, "alice"); !errors.Is(err, user.ErrUserNotFound) {
		t.Errorf("a refused sign-up left a user: %v", err)
	}
}

func TestSignUpWhereOnlyAdministratorsMakeUsers(t *testing.T) {
	d := newDesk(t, userpool.Settings{AdminCreateOnly: true})
	_, _, err := d.signUp(d.tells, "alice", right)
	wantErr(t, "sign-up", err, account.ErrSignUpClosed)
}

// Where the code is sent depends on what the pool verifies and what the user gave.
func TestWhereTheCodeIsSent(t *testing.T) {
	email := account.Delivery{Destination: "a***@e***", Medium: "EMAIL", Attribute: "email"}
	phone := account.Delivery{Destination: "+*******1111", Medium: "SMS", Attribute: "phone_number"}
	both := []string{"email", "alice@example.com", "phone_number", "+15550001111"}
	tests := []struct {
		verified []string
		gave     []string
		want     *account.Delivery
	}{
		{nil, both, nil},
		{[]string{"email"}, both, &email},
		{[]string{"phone_number"}, both, &phone},
		{[]string{"email", "phone_number"}, both, &phone},
		{[]string{"email", "phone_number"}, both[:2], &email},
		{[]string{"phone_number"}, both[:2], nil},
	}
	for _, test := range tests {
		d := newDesk(t, userpool.Settings{AutoVerified: test.verified})
		_, got, err := d.signUp(d.tells, "alice", right, test.gave...)
		if err != nil || (got == nil) != (test.want == nil) || got != nil && *got != *test.want {
			t.Errorf("pool verifies %v, user gave %v: %+v, %v; want %+v", test.verified, test.gave, got, err, test.want)
		}
		if sent := len(d.Outbox.Sent()); (sent == 1) != (test.want != nil) {
			t.Errorf("pool verifies %v, user gave %v: %d messages", test.verified, test.gave, sent)
		}
	}
}

func TestSignUpWithAnAddressForAUsername(t *testing.T) {
	d := newDesk(t, userpool.Settings{UsernameAttributes: []string{"email"}, AutoVerified: []string{"email"}, CaseInsensitive: true})
	u, _, err := d.signUp(d.tells, "alice@example.com", right)
	if err != nil || u.Username != string(u.Sub) || u.Attributes["email"] != "alice@example.com" {
		t.Fatalf("%+v, %v; want the sub for a username, and the address as an attribute", u, err)
	}
	_, _, err = d.signUp(d.tells, "ALICE@example.com", right)
	wantErr(t, "the address in another case", err, user.ErrUsernameExists)
	_, _, err = d.signUp(d.tells, "alice", right)
	wantErr(t, "a plain name", err, user.ErrUsername.Saying("Username should be an email."))
	wantErr(t, "confirm by the address", d.confirm(d.tells, "alice@example.com", d.MustCode("alice@example.com")), nil)
}

func TestAliasIsTakenOverOnlyWithACodeAndOnRequest(t *testing.T) {
	d := newDesk(t, verifying())
	d.alice()
	mallory, _, err := d.signUp(d.tells, "mallory", right, "email", "alice@example.com")
	if err != nil {
		t.Fatalf("sign-up with an address that another has proved: %v, want none until it is proved", err)
	}
	code := d.MustCode("alice@example.com")
	wantErr(t, "confirm", d.confirm(d.tells, "mallory", code), user.ErrAliasExists)
	d.wantStatus("mallory", user.Unconfirmed)
	if got := d.MustFind("alice@example.com").Username; got != "alice" {
		t.Errorf("the address means %s, want alice still", got)
	}
	if err := d.Accounts.ConfirmSignUp(t.Context(), d.Pool, d.tells, account.Confirmation{Username: "mallory", Code: code, TakeAlias: true}); err != nil {
		t.Fatalf("confirm with the alias taken, with the code that was not used up: %v", err)
	}
	if got := d.MustFind("alice@example.com").Sub; got != mallory.Sub {
		t.Errorf("the address means %s, want mallory", got)
	}
	if d.MustFind("alice").Verified("email") {
		t.Error("the user who lost the address still has it as verified")
	}
}

func TestMessageThatFailsLeavesTheUser(t *testing.T) {
	d := newDesk(t, verifying())
	d.Outbox.FailWith(errors.New("the mail server is away"))
	u, delivery, err := d.signUp(d.tells, "alice", right, "email", "alice@example.com")
	wantErr(t, "sign-up", err, account.ErrDelivery)
	if u == nil || delivery != nil {
		t.Errorf("sign-up: user %v, delivery %v; want the user and no delivery", u, delivery)
	}
	d.wantStatus("alice", user.Unconfirmed)
	_, err = d.resend(d.tells, "alice")
	wantErr(t, "resend", err, account.ErrDelivery)
	d.Outbox.FailWith(nil)
	if _, err = d.resend(d.tells, "alice"); err != nil {
		t.Errorf("resend after the mail server is back: %v", err)
	}
	wantErr(t, "confirm", d.confirm(d.tells, "alice", d.MustCode("alice@example.com")), nil)
}

func TestResend(t *testing.T) {
	d := newDesk(t, verifying())
	d.alice()
	d.MustSignUp(d.tells, "bob", "email", "bob@example.com")
	d.MustSignUp(d.tells, "carol")
	first := d.MustCode("bob@example.com")
	got, err := d.resend(d.tells, "bob")
	wantDelivery(t, "unconfirmed", got, err, account.Delivery{Destination: "b***@e***", Medium: "EMAIL", Attribute: "email"})
	if second := d.MustCode("bob@example.com"); second != first {
		wantErr(t, "the first code", d.confirm(d.tells, "bob", first), credential.ErrCodeMismatch)
	}
	_, err = d.resend(d.tells, "alice")
	wantErr(t, "confirmed", err, account.ErrAlreadyActive)
	_, err = d.resend(d.tells, "carol")
	wantErr(t, "nothing to verify", err, account.ErrNoVerification)
	_, err = d.resend(d.tells, "nobody")
	wantErr(t, "nobody", err, user.ErrUserNotFound.Saying("Username/client id combination not found."))
	for range 4 {
		d.resend(d.tells, "bob")
	}
	_, err = d.resend(d.tells, "bob")
	wantErr(t, "sixth in an hour", err, credential.ErrAttemptLimit)
	d.Advance(time.Hour)
	if _, err = d.resend(d.tells, "bob"); err != nil {
		t.Errorf("an hour later: %v", err)
	}
	silent := newDesk(t, userpool.Settings{})
	for _, c := range []*userpool.Client{silent.tells, silent.hiding} {
		_, err = silent.resend(c, "nobody")
		wantErr(t, "pool that verifies nothing", err, account.ErrNoVerification)
	}
}

func TestConfirmRefusals(t *testing.T) {
	d := newDesk(t, verifying())
	d.MustSignUp(d.tells, "bob", "email", "bob@example.com")
	wantErr(t, "nobody", d.confirm(d.tells, "nobody", "123456"), user.ErrUserNotFound.Saying("Username/client id combination not found."))
	wantErr(t, "nobody, hidden", d.confirm(d.hiding, "nobody", "123456"), credential.ErrCodeExpired)
	d.MustSignUp(d.tells, "carol")
	wantErr(t, "no code was sent", d.confirm(d.hiding, "carol", "123456"), credential.ErrCodeExpired)
	d.Advance(24 * time.Hour)
	wantErr(t, "expired", d.confirm(d.tells, "bob", d.MustCode("bob@example.com")), credential.ErrCodeExpired)
}

func TestConfirmByAdministrator(t *testing.T) {
	d := newDesk(t, verifying())
	d.MustSignUp(d.tells, "bob", "email", "bob@example.com")
	confirm := func(name string) error { return d.Accounts.ConfirmByAdmin(t.Context(), d.Pool, name, nil) }
	wantErr(t, "unconfirmed", confirm("bob"), nil)
	d.wantStatus("bob", user.Confirmed)
	if d.MustFind("bob").Verified("email") {
		t.Error("ConfirmByAdmin verified the address")
	}
	wantErr(t, "again", confirm("bob"), account.ErrStatus.Saying("User cannot be confirmed. Current status is CONFIRMED"))
	wantErr(t, "nobody", confirm("nobody"), user.ErrUserNotFound)
	wantErr(t, "the code then", d.confirm(d.tells, "bob", d.MustCode("bob@example.com")), account.ErrStatus.Saying("User cannot be confirmed. Current status is CONFIRMED"))
}

// The link is for confirming a sign-up by e-mail, and for nothing else.
func TestWhichMessagesHaveALink(t *testing.T) {
	s := verifying()
	s.ConfirmLink = userpool.LinkMessage{On: true, EmailSubject: "Come in", EmailMessage: "Press {##here & now##}"}
	s.Verification = userpool.Template{EmailMessage: "Code {####}"}
	d := newDesk(t, s)
	last := func() (subject, body string) {
		t.Helper()
		sent := d.Outbox.Sent()
		m := sent[len(sent)-1]
		return m.Subject, m.Body.Reveal()
	}
	_, delivery, err := d.signUp(d.tells, "alice", right, "email", "alice@example.com")
	wantDelivery(t, "sign-up", delivery, err, account.Delivery{Destination: "a***@e***", Medium: "EMAIL", Attribute: "email"})
	link := `Press <a href="https://id.example.com/confirm?client=` + string(d.tells.ID) + `&amp;code=`
	for _, again := range []func(){func() {}, func() { d.resend(d.tells, "alice") }} {
		again()
		if subject, body := last(); subject != "Come in" || !strings.HasPrefix(body, link) || !strings.HasSuffix(body, `&amp;username=alice">here & now</a>`) {
			t.Errorf("message %q: %s, want a link that begins %s", subject, body, link)
		}
	}
	wantErr(t, "the code of the link", d.confirm(d.tells, "alice", d.MustCode("alice@example.com")), nil)
	if _, err := d.forgot(d.tells, "alice"); err != nil {
		t.Fatal(err)
	}
	if _, body := last(); !strings.HasPrefix(body, "Code ") {
		t.Errorf("a reset has the message %q, want a code", body)
	}
	d.mustSet("alice", "email", "new@example.com")
	if _, body := last(); !strings.HasPrefix(body, "Code ") {
		t.Errorf("a new address has the message %q, want a code", body)
	}
}

func TestAPoolsOwnSender(t *testing.T) {
	s := verifying()
	s.Email = userpool.EmailSettings{Developer: true, SourceARN: "arn:aws:ses:us-east-1:000000000000:identity/shop@example.com", ReplyTo: "help@example.com", ConfigurationSet: "set"}
	d := newDesk(t, s)
	if _, _, err := d.signUp(d.tells, "alice", right, "email", "alice@example.com"); err != nil {
		t.Fatal(err)
	}
	want := message.Identity{From: "shop@example.com", ReplyTo: "help@example.com", ARN: s.Email.SourceARN, ConfigurationSet: "set"}
	if got := d.Outbox.Sent()[0].Sender; got != want {
		t.Errorf("sender %+v, want %+v", got, want)
	}
}

package gatetest_test

import (
	"encoding/base64"
	"maps"
	"net/http"
	"net/url"
	"strings"
	"testing"

	"github.com/aws/aws-sdk-go-v2/aws"
	idp "github.com/aws/aws-sdk-go-v2/service/cognitoidentityprovider"
	"github.com/aws/aws-sdk-go-v2/service/cognitoidentityprovider/types"

	"gatehouse/internal/testing/gatetest"
)

// chosen is the password that people choose in this file.
const chosen = "Other-Horse-8"

// owner is a person who says something about itself at one of the places where a
// person can.
type owner struct {
	*gatetest.Server
	t      *testing.T
	client string
	name   string
}

// places are all places where a person sets attributes of its own account. Each
// reports whether it took the attribute.
var places = []struct {
	name string
	who  standing
	say  func(o *owner, attribute, value string) bool
}{
	{"SignUp", stranger, (*owner).signUp},
	{"the sign-up form", stranger, (*owner).signUpForm},
	{"RespondToAuthChallenge", invited, (*owner).respond},
	{"AdminRespondToAuthChallenge", invited, (*owner).adminRespond},
	{"the form for a new password", invited, (*owner).newPasswordForm},
	{"UpdateUserAttributes", member, (*owner).update},
}

// standing says what account a person has before it says something.
type standing int

const (
	stranger standing = iota // no account
	invited                  // an administrator made the account
	member                   // the person signs in to the account
)

func (o *owner) signUp(attribute, value string) bool {
	attributes := map[string]string{"given_name": "Mallory", attribute: value}
	in := &idp.SignUpInput{ClientId: &o.client, Username: &o.name, Password: aws.String(chosen)}
	for name, value := range attributes {
		in.UserAttributes = append(in.UserAttributes, types.AttributeType{Name: &name, Value: &value})
	}
	_, err := o.Public.SignUp(o.t.Context(), in)
	return err == nil
}

func (o *owner) respond(attribute, value string) bool {
	out, err := o.SignIn(o.client, o.name, gatetest.Password)
	if err != nil {
		o.t.Fatal(err)
	}
	_, err = o.Public.RespondToAuthChallenge(o.t.Context(), &idp.RespondToAuthChallengeInput{
		ClientId: &o.client, ChallengeName: types.ChallengeNameTypeNewPasswordRequired, Session: out.Session, ChallengeResponses: o.answers(attribute, value),
	})
	return err == nil
}

func (o *owner) adminRespond(attribute, value string) bool {
	out, err := o.SignIn(o.client, o.name, gatetest.Password)
	if err != nil {
		o.t.Fatal(err)
	}
	_, err = o.API.AdminRespondToAuthChallenge(o.t.Context(), &idp.AdminRespondToAuthChallengeInput{
		UserPoolId: &o.Pool, ClientId: &o.client, ChallengeName: types.ChallengeNameTypeNewPasswordRequired, Session: out.Session, ChallengeResponses: o.answers(attribute, value),
	})
	return err == nil
}

func (o *owner) answers(attribute, value string) map[string]string {
	return map[string]string{"USERNAME": o.name, "NEW_PASSWORD": chosen, "userAttributes." + attribute: value}
}

func (o *owner) signUpForm(attribute, value string) bool {
	return o.sendForm("/signup", nil, url.Values{"username": {o.name}, "password": {chosen}, "confirmPassword": {chosen}, "requiredAttributes[given_name]": {"Mallory"}}, attribute, value)
}

func (o *owner) newPasswordForm(attribute, value string) bool {
	first := url.Values{"username": {o.name}, "password": {gatetest.Password}}
	return o.sendForm("/login", first, url.Values{"password": {chosen}, "confirmPassword": {chosen}}, attribute, value)
}

// sendForm opens a page, sends its form with first, unless that is nil, and then
// the form with last and a field for the attribute that was added by hand.
func (o *owner) sendForm(path string, first, last url.Values, attribute, value string) bool {
	b := o.Browser().Step()
	address := gatetest.URL + "/" + o.Pool + path
	query := "?" + url.Values{"client_id": {o.client}, "response_type": {"code"}, "redirect_uri": {"https://app.example.com/cb"}}.Encode()
	page := b.Open(address + query)
	if first != nil {
		page = b.Post(address+query, fill(page.Forms()[0].Values, first))
	}
	last["requiredAttributes["+attribute+"]"] = []string{value}
	page = b.Post(address+query, fill(page.Forms()[0].Values, last))
	signedIn := page.Status == http.StatusFound && strings.Contains(page.Location().String(), "code=")
	return signedIn || strings.Contains(page.Text(), "Your account is waiting")
}

func fill(form, values url.Values) url.Values {
	maps.Copy(form, values)
	return form
}

// account returns the attributes and the status of the person's account. They
// are empty if there is none.
func (o *owner) account() (attributes map[string]string, status types.UserStatusType) {
	attributes = map[string]string{}
	out, err := o.API.AdminGetUser(o.t.Context(), &idp.AdminGetUserInput{UserPoolId: &o.Pool, Username: &o.name})
	if err != nil {
		return attributes, ""
	}
	for _, a := range out.UserAttributes {
		attributes[*a.Name] = *a.Value
	}
	return attributes, out.UserStatus
}

// Nobody becomes somebody else by what it says about itself: at every place, a
// person sets what its client may write, and what it says is not verified.
func TestWhatPeopleSayAboutThemselves(t *testing.T) {
	tests := []struct {
		attribute, value string
		taken            [3]bool // by standing: from a stranger, an invited person, a member
	}{
		{"email", "victim@example.com", [3]bool{true, true, true}},
		{"phone_number", "+14155550100", [3]bool{true, true, true}},
		{"nickname", "mal", [3]bool{true, true, true}},
		{"given_name", "Mal", [3]bool{true, false, true}},  // required, and an invited person has one
		{"custom:badge", "7", [3]bool{true, false, false}}, // not mutable: only who makes the user sets it
		{"custom:team", "admins", [3]bool{}},               // the client may not write it
		{"website", "https://a.b", [3]bool{}},              // a standard attribute that the client may not write
		{"dev:custom:note", "x", [3]bool{}},                // for developers
		{"email_verified", "true", [3]bool{}},              // nobody's own to say
		{"email_verified", "false", [3]bool{}},             // not even this
		{"phone_number_verified", "true", [3]bool{}},
		{"sub", "00000000-0000-4000-8000-000000000000", [3]bool{}},
	}
	gt := gatetest.New(t)
	gt.Pool = gt.MustPool(&idp.CreateUserPoolInput{
		AliasAttributes: []types.AliasAttributeType{types.AliasAttributeTypeEmail, types.AliasAttributeTypePhoneNumber},
		Schema: []types.SchemaAttributeType{
			{Name: aws.String("given_name"), AttributeDataType: types.AttributeDataTypeString, Mutable: aws.Bool(true), Required: aws.Bool(true)},
			{Name: aws.String("badge"), AttributeDataType: types.AttributeDataTypeString, Mutable: aws.Bool(false)},
			{Name: aws.String("team"), AttributeDataType: types.AttributeDataTypeString, Mutable: aws.Bool(true)},
			{Name: aws.String("note"), AttributeDataType: types.AttributeDataTypeString, Mutable: aws.Bool(true), DeveloperOnlyAttribute: aws.Bool(true)},
		},
	})
	client := *gt.MustClient(func(in *idp.CreateUserPoolClientInput) {
		in.WriteAttributes = []string{"given_name", "nickname", "email", "phone_number", "custom:badge"}
		in.AllowedOAuthFlowsUserPoolClient, in.AllowedOAuthFlows, in.AllowedOAuthScopes = true, []types.OAuthFlowType{types.OAuthFlowTypeCode}, []string{"openid"}
		in.CallbackURLs, in.SupportedIdentityProviders = []string{"https://app.example.com/cb"}, []string{"COGNITO"}
	}).ClientId
	gt.MustUser("victim")
	for _, place := range places {
		for i, test := range tests {
			t.Run(place.name+"/"+test.attribute+"="+test.value, func(t *testing.T) {
				o := &owner{gt, t, client, "mallory" + strings.Map(letters, place.name) + string(rune('a'+i))}
				want := test.taken[place.who]
				if place.who != stranger {
					o.invite()
				}
				before, status := o.account()
				taken := place.say(o, test.attribute, test.value)
				after, now := o.account()
				switch {
				case taken != want:
					t.Fatalf("taken: %t, want %t; the account is %v", taken, want, after)
				case !taken && (!maps.Equal(after, before) || place.who != member && now != status):
					t.Errorf("refused, but the account was %s with %v, and is %s with %v", status, before, now, after)
				case taken && after[test.attribute] != test.value:
					t.Errorf("taken, but the account is %v", after)
				}
				o.wantNobodyElse(after)
			})
		}
	}
}

func letters(r rune) rune {
	if r >= 'a' && r <= 'z' || r >= 'A' && r <= 'Z' {
		return r
	}
	return -1
}

// update signs in with the chosen password and updates the account.
func (o *owner) update(attribute, value string) bool {
	_, err := o.API.AdminSetUserPassword(o.t.Context(), &idp.AdminSetUserPasswordInput{UserPoolId: &o.Pool, Username: &o.name, Password: aws.String(chosen), Permanent: true})
	if err != nil {
		o.t.Fatal(err)
	}
	in, err := o.SignIn(o.client, o.name, chosen)
	if err != nil {
		o.t.Fatal(err)
	}
	_, err = o.Public.UpdateUserAttributes(o.t.Context(), &idp.UpdateUserAttributesInput{AccessToken: in.AuthenticationResult.AccessToken, UserAttributes: gatetest.Attributes(attribute, value)})
	return err == nil
}

// invite makes the person's account, which has the verified address of an
// administrator's choice.
func (o *owner) invite() {
	_, err := o.API.AdminCreateUser(o.t.Context(), &idp.AdminCreateUserInput{
		UserPoolId: &o.Pool, Username: &o.name, TemporaryPassword: aws.String(gatetest.Password), MessageAction: types.MessageActionTypeSuppress,
		UserAttributes: gatetest.Attributes("given_name", "Mallory", "email", o.name+"@example.com", "email_verified", "true"),
	})
	if err != nil {
		o.t.Fatal(err)
	}
}

// wantNobodyElse checks that the person's account says nothing verified that its
// owner has said, and that the person cannot sign in under the victim's address.
func (o *owner) wantNobodyElse(account map[string]string) {
	o.t.Helper()
	if account["email"] == "victim@example.com" && account["email_verified"] != "false" {
		o.t.Errorf("email_verified is %q for an address of the person's own words, want false", account["email_verified"])
	}
	if account["phone_number"] == "+14155550100" && account["phone_number_verified"] != "false" {
		o.t.Errorf("phone_number_verified is %q for a number of the person's own words, want false", account["phone_number_verified"])
	}
	if account["sub"] != "" {
		_, _ = o.API.AdminConfirmSignUp(o.t.Context(), &idp.AdminConfirmSignUpInput{UserPoolId: &o.Pool, Username: &o.name})
	}
	for _, alias := range []string{"victim@example.com", "+14155550100"} {
		if _, err := o.SignIn(o.client, alias, chosen); err == nil {
			o.t.Errorf("the person signs in as %s", alias)
		}
	}
	if account["email"] != "victim@example.com" {
		return
	}
	out, err := o.SignIn(o.client, o.name, chosen)
	if err != nil {
		o.t.Fatal(err)
	}
	claims := claimsOf(o.t, *out.AuthenticationResult.IdToken)
	if !strings.Contains(claims, `"email":"victim@example.com"`) || !strings.Contains(claims, `"email_verified":false`) {
		o.t.Errorf("the ID token says %s, want the address, unverified", claims)
	}
}

// claimsOf returns the claims of a token as JSON.
func claimsOf(t *testing.T, jwt string) string {
	t.Helper()
	claims, err := base64.RawURLEncoding.DecodeString(strings.Split(jwt, ".")[1])
	if err != nil {
		t.Fatal(err)
	}
	return string(claims)
}

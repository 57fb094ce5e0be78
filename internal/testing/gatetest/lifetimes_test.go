package gatetest_test

import (
	"strings"
	"testing"
	"time"

	"gatehouse/internal/testing/gatetest"
)

// How long codes, sessions, tokens and temporary passwords count, and how often an hour
// one may try. Each row says what is right a moment before the end, and what is answered
// a moment after it. Cognito: "Quotas".
func TestHowLongThingsCount(t *testing.T) {
	for what, tt := range map[string]struct {
		life time.Duration
		// begin returns what uses the thing, with the answer to read.
		begin func(c *lifetime) func() (object, error)
		want  string // the exception after the end
		text  string
	}{
		"the code of a sign-up": {24 * time.Hour, func(c *lifetime) func() (object, error) {
			c.must("SignUp", object{"ClientId": c.client, "Username": "ann", "Password": gatetest.Password, "UserAttributes": []any{object{"Name": "email", "Value": "ann@example.com"}}})
			return c.using("ConfirmSignUp", object{"ClientId": c.client, "Username": "ann", "ConfirmationCode": c.gt.MustCode("ann@example.com")})
		}, "ExpiredCodeException", "Invalid code provided, please request a code again."},
		"the code for a forgotten password": {time.Hour, func(c *lifetime) func() (object, error) {
			c.must("ForgotPassword", object{"ClientId": c.client, "Username": "alice"})
			return c.using("ConfirmForgotPassword", object{"ClientId": c.client, "Username": "alice", "Password": gatetest.Password, "ConfirmationCode": c.gt.MustCode("alice@example.com")})
		}, "ExpiredCodeException", "Invalid code provided, please request a code again."},
		"the code of a reset": {time.Hour, func(c *lifetime) func() (object, error) {
			c.must("AdminResetUserPassword", object{"UserPoolId": c.gt.Pool, "Username": "alice"})
			return c.using("ConfirmForgotPassword", object{"ClientId": c.client, "Username": "alice", "Password": gatetest.Password, "ConfirmationCode": c.gt.MustCode("alice@example.com")})
		}, "ExpiredCodeException", "Invalid code provided, please request a code again."},
		"the code of an address": {24 * time.Hour, func(c *lifetime) func() (object, error) {
			c.must("UpdateUserPoolClient", object{"UserPoolId": c.gt.Pool, "ClientId": c.client, "AccessTokenValidity": 1, "IdTokenValidity": 1, "RefreshTokenValidity": 30, "TokenValidityUnits": object{"AccessToken": "days", "IdToken": "days"}, "ExplicitAuthFlows": []any{"ALLOW_USER_PASSWORD_AUTH", "ALLOW_REFRESH_TOKEN_AUTH"}})
			signIn := func() any {
				return c.must("InitiateAuth", passwordAuth(c.client, "alice", gatetest.Password))["AuthenticationResult"].(object)["AccessToken"]
			}
			c.must("UpdateUserAttributes", object{"AccessToken": signIn(), "UserAttributes": []any{object{"Name": "email", "Value": "alice2@example.com"}}})
			code := c.gt.MustCode("alice2@example.com")
			return func() (object, error) {
				return raw(c.gt, c.t, "VerifyUserAttribute", object{"AccessToken": signIn(), "AttributeName": "email", "Code": code})
			}
		}, "ExpiredCodeException", "Invalid code provided, please request a code again."},
		"a session": {3 * time.Minute, func(c *lifetime) func() (object, error) {
			c.must("AdminCreateUser", object{"UserPoolId": c.gt.Pool, "Username": "bob", "TemporaryPassword": gatetest.Password, "MessageAction": "SUPPRESS"})
			session := c.must("InitiateAuth", passwordAuth(c.client, "bob", gatetest.Password))["Session"]
			return c.using("RespondToAuthChallenge", object{"ClientId": c.client, "ChallengeName": "NEW_PASSWORD_REQUIRED", "Session": session, "ChallengeResponses": object{"USERNAME": "bob", "NEW_PASSWORD": gatetest.Password}})
		}, "NotAuthorizedException", "Invalid session for the user, session is expired."},
		"a temporary password": {7 * 24 * time.Hour, func(c *lifetime) func() (object, error) {
			c.must("AdminCreateUser", object{"UserPoolId": c.gt.Pool, "Username": "bob", "TemporaryPassword": gatetest.Password, "MessageAction": "SUPPRESS"})
			return c.using("InitiateAuth", passwordAuth(c.client, "bob", gatetest.Password))
		}, "NotAuthorizedException", "Temporary password has expired and must be reset by an administrator."},
		"an access token": {time.Hour, func(c *lifetime) func() (object, error) {
			return c.using("GetUser", object{"AccessToken": c.must("InitiateAuth", passwordAuth(c.client, "alice", gatetest.Password))["AuthenticationResult"].(object)["AccessToken"]})
		}, "NotAuthorizedException", "Access Token has expired"},
		"a refresh token": {30 * 24 * time.Hour, func(c *lifetime) func() (object, error) {
			return c.using("InitiateAuth", object{"ClientId": c.client, "AuthFlow": "REFRESH_TOKEN_AUTH", "AuthParameters": object{"REFRESH_TOKEN": c.must("InitiateAuth", passwordAuth(c.client, "alice", gatetest.Password))["AuthenticationResult"].(object)["RefreshToken"]}})
		}, "NotAuthorizedException", "Refresh Token has expired"},
		"the token of a page of users": {time.Hour, func(c *lifetime) func() (object, error) {
			c.gt.MustUser("zoe")
			return c.using("ListUsers", object{"UserPoolId": c.gt.Pool, "Limit": 1, "PaginationToken": c.must("ListUsers", object{"UserPoolId": c.gt.Pool, "Limit": 1})["PaginationToken"]})
		}, "InvalidParameterException", ""},
	} {
		t.Run(what, func(t *testing.T) {
			for _, late := range []bool{false, true} {
				c := newLifetime(t)
				use := c.begin(tt.begin)
				if c.gt.Advance(tt.life - time.Second); late {
					c.gt.Advance(2 * time.Second)
				}
				switch _, err := use(); {
				case late:
					wantException(t, "after "+tt.life.String(), err, tt.want, tt.text)
				case err != nil:
					t.Errorf("before %s: %v", tt.life, err)
				}
			}
		})
	}
}

type lifetime struct {
	*caller
	gt     *gatetest.Server
	t      *testing.T
	client any
}

func newLifetime(t *testing.T) *lifetime {
	gt := gatetest.New(t)
	c := &lifetime{caller: &caller{gt, t, gt.Handler}, gt: gt, t: t}
	c.client = c.must("CreateUserPoolClient", object{"UserPoolId": gt.Pool, "ClientName": "c", "ExplicitAuthFlows": []any{"ALLOW_USER_PASSWORD_AUTH", "ALLOW_REFRESH_TOKEN_AUTH"}})["UserPoolClient"].(object)["ClientId"]
	gt.MustUser("alice")
	c.must("AdminUpdateUserAttributes", object{"UserPoolId": gt.Pool, "Username": "alice", "UserAttributes": []any{object{"Name": "email", "Value": "alice@example.com"}, object{"Name": "email_verified", "Value": "true"}}})
	return c
}

func (c *lifetime) begin(f func(*lifetime) func() (object, error)) func() (object, error) {
	return f(c)
}

func (c *lifetime) using(operation string, in object) func() (object, error) {
	return func() (object, error) { return raw(c.gt, c.t, operation, in) }
}

// How often an hour a user may ask and try. Cognito: "Quotas", the limits of one user.
func TestHowOftenAnHour(t *testing.T) {
	for what, tt := range map[string]struct {
		times int
		begin func(c *lifetime) func() (object, error)
		fails string // what each but the last is answered; "": nothing
		want  string
	}{
		"a code of a sign-up again": {5, func(c *lifetime) func() (object, error) {
			c.must("SignUp", object{"ClientId": c.client, "Username": "ann", "Password": gatetest.Password, "UserAttributes": []any{object{"Name": "email", "Value": "ann@example.com"}}})
			return c.using("ResendConfirmationCode", object{"ClientId": c.client, "Username": "ann"})
		}, "", "LimitExceededException"},
		"confirming": {15, func(c *lifetime) func() (object, error) {
			c.must("SignUp", object{"ClientId": c.client, "Username": "ann", "Password": gatetest.Password, "UserAttributes": []any{object{"Name": "email", "Value": "ann@example.com"}}})
			return c.using("ConfirmSignUp", object{"ClientId": c.client, "Username": "ann", "ConfirmationCode": wrongFor(c.gt.MustCode("ann@example.com"))})
		}, "CodeMismatchException", "LimitExceededException"},
		"changing a password": {5, func(c *lifetime) func() (object, error) {
			access := c.must("InitiateAuth", passwordAuth(c.client, "alice", gatetest.Password))["AuthenticationResult"].(object)["AccessToken"]
			return c.using("ChangePassword", object{"AccessToken": access, "PreviousPassword": "Wrong-Horse-7", "ProposedPassword": gatetest.Password})
		}, "NotAuthorizedException", "LimitExceededException"},
		"a code of an address": {5, func(c *lifetime) func() (object, error) {
			access := c.must("InitiateAuth", passwordAuth(c.client, "alice", gatetest.Password))["AuthenticationResult"].(object)["AccessToken"]
			return c.using("GetUserAttributeVerificationCode", object{"AccessToken": access, "AttributeName": "email"})
		}, "", "LimitExceededException"},
		"verifying an address": {15, func(c *lifetime) func() (object, error) {
			access := c.must("InitiateAuth", passwordAuth(c.client, "alice", gatetest.Password))["AuthenticationResult"].(object)["AccessToken"]
			c.must("GetUserAttributeVerificationCode", object{"AccessToken": access, "AttributeName": "email"})
			return c.using("VerifyUserAttribute", object{"AccessToken": access, "AttributeName": "email", "Code": wrongFor(c.gt.MustCode("alice@example.com"))})
		}, "CodeMismatchException", "LimitExceededException"},
	} {
		t.Run(what, func(t *testing.T) {
			c := newLifetime(t)
			try := c.begin(tt.begin)
			for n := range tt.times {
				_, err := try()
				if tt.fails != "" {
					wantException(t, what, err, tt.fails, "")
				} else if err != nil {
					t.Fatalf("number %d: %v", n+1, err)
				}
				if n == 0 { // two within a second
					continue
				}
				c.gt.Advance(time.Minute)
			}
			_, err := try()
			wantException(t, "one more", err, tt.want, "Attempt limit exceeded, please try after some time.")
		})
	}
}

func wrongFor(code string) string {
	return strings.Map(func(r rune) rune { return '0' + ('9' - r) }, code)
}

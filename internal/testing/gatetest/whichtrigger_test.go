package gatetest_test

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"gatehouse/internal/testing/gatetest"
	"gatehouse/internal/testing/gatetest/enginetest"
)

// told says what each event is, and what it has of the caller: c is the client's
// metadata, v the validation data, "null" or left out where they are.
func told(events []enginetest.Event) string {
	var all []string
	for _, e := range events {
		line := e.Source()
		for _, member := range []struct{ short, name string }{{"c", "clientMetadata"}, {"v", "validationData"}} {
			switch v, ok := e.Request()[member.name].(map[string]any); {
			case ok:
				line += fmt.Sprintf(" %s=%v", member.short, v["m"])
			default:
				if _, there := e.Request()[member.name]; there {
					line += " " + member.short + "=null"
				}
			}
		}
		all = append(all, line)
	}
	return strings.Join(all, ", ")
}

// Which call fires which function, in which order, and what each is told of the caller.
// Cognito: "Customizing user pool workflows with Lambda triggers".
func TestWhichCallFiresWhat(t *testing.T) {
	gt := gatetest.New(t)
	c := &caller{gt, t, gt.Handler}
	rounds := 0
	all := object{}
	for trigger, h := range map[string]enginetest.Handler{
		"PreSignUp": nil, "CustomMessage": nil, "PostConfirmation": nil, "PreAuthentication": nil, "PostAuthentication": nil, "PreTokenGeneration": nil,
		"UserMigration": func(e enginetest.Event) error {
			e.Respond("userAttributes", map[string]string{"email": "old@example.com", "email_verified": "true"})
			e.Respond("finalUserStatus", "CONFIRMED")
			e.Respond("messageAction", "SUPPRESS")
			return nil
		},
		"DefineAuthChallenge": func(e enginetest.Event) error {
			if rounds++; rounds%2 == 0 {
				e.Respond("issueTokens", true)
			} else {
				e.Respond("challengeName", "CUSTOM_CHALLENGE")
			}
			return nil
		},
		"CreateAuthChallenge":         nil,
		"VerifyAuthChallengeResponse": func(e enginetest.Event) error { e.Respond("answerCorrect", true); return nil },
	} {
		if h == nil {
			h = func(enginetest.Event) error { return nil }
		}
		gt.Functions.Handle(trigger, h)
		all[trigger] = enginetest.FunctionARN + trigger
	}
	c.must("UpdateUserPool", object{"UserPoolId": gt.Pool, "AutoVerifiedAttributes": []any{"email"}, "LambdaConfig": all})
	client := c.must("CreateUserPoolClient", object{"UserPoolId": gt.Pool, "ClientName": "c", "ExplicitAuthFlows": []any{"ALLOW_USER_PASSWORD_AUTH", "ALLOW_REFRESH_TOKEN_AUTH", "ALLOW_CUSTOM_AUTH", "ALLOW_ADMIN_USER_PASSWORD_AUTH", "ALLOW_USER_AUTH"}})["UserPoolClient"].(object)["ClientId"]
	m, v := object{"m": "m"}, []any{object{"Name": "m", "Value": "v"}}
	var access, refresh any
	var session any
	byAdmin := func(more object) object { return whole(nil, object{"UserPoolId": gt.Pool}, more) }
	own := func(more object) object { return whole(nil, object{"ClientId": client, "ClientMetadata": m}, more) }
	keep := func(out object) {
		if r, ok := out["AuthenticationResult"].(object); ok {
			access = r["AccessToken"]
			if r["RefreshToken"] != nil {
				refresh = r["RefreshToken"]
			}
		}
		session = out["Session"]
	}
	tests := []struct {
		what string
		do   func()
		want string
	}{
		{"signing up", func() {
			c.must("SignUp", own(object{"Username": "ann", "Password": gatetest.Password, "ValidationData": v, "UserAttributes": []any{object{"Name": "email", "Value": "ann@example.com"}}}))
		}, "PreSignUp_SignUp c=m v=v, CustomMessage_SignUp c=m"},
		{"signing up with nothing", func() {
			c.must("SignUp", object{"ClientId": client, "Username": "nothing", "Password": gatetest.Password, "UserAttributes": []any{object{"Name": "email", "Value": "nothing@example.com"}}})
		}, "PreSignUp_SignUp v=null, CustomMessage_SignUp"},
		{"a code again", func() { c.must("ResendConfirmationCode", own(object{"Username": "ann"})) }, "CustomMessage_ResendCode c=m"},
		{"confirming", func() {
			c.must("ConfirmSignUp", own(object{"Username": "ann", "ConfirmationCode": gt.MustCode("ann@example.com")}))
		}, "PostConfirmation_ConfirmSignUp c=m"},
		{"confirming by an administrator", func() {
			c.must("AdminConfirmSignUp", byAdmin(object{"Username": "nothing", "ClientMetadata": m}))
		}, "PostConfirmation_ConfirmSignUp c=m"},
		{"signing in", func() {
			keep(c.must("InitiateAuth", whole(nil, own(nil), passwordAuth(client, "ann", gatetest.Password))))
		}, "PreAuthentication_Authentication v=m, PostAuthentication_Authentication, TokenGeneration_Authentication"},
		{"refreshing", func() {
			keep(c.must("InitiateAuth", own(object{"AuthFlow": "REFRESH_TOKEN_AUTH", "AuthParameters": object{"REFRESH_TOKEN": refresh}})))
		}, "TokenGeneration_RefreshTokens"},
		{"refreshing in the new way", func() { keep(c.must("GetTokensFromRefreshToken", own(object{"RefreshToken": refresh}))) }, "TokenGeneration_RefreshTokens c=m"},
		{"a new address", func() {
			c.must("UpdateUserAttributes", object{"AccessToken": access, "ClientMetadata": m, "UserAttributes": []any{object{"Name": "email", "Value": "ann2@example.com"}}})
		}, "CustomMessage_UpdateUserAttribute c=m"},
		{"a code for it", func() {
			c.must("GetUserAttributeVerificationCode", object{"AccessToken": access, "ClientMetadata": m, "AttributeName": "email"})
		}, "CustomMessage_VerifyUserAttribute c=m"},
		{"verifying it", func() {
			c.must("VerifyUserAttribute", object{"AccessToken": access, "AttributeName": "email", "Code": gt.MustCode("ann2@example.com")})
		}, ""},
		{"a forgotten password", func() { c.must("ForgotPassword", own(object{"Username": "ann"})) }, "CustomMessage_ForgotPassword c=m"},
		{"its code", func() {
			c.must("ConfirmForgotPassword", own(object{"Username": "ann", "Password": gatetest.Password, "ConfirmationCode": gt.MustCode("ann2@example.com")}))
		}, "PostConfirmation_ConfirmForgotPassword c=m"},
		{"a reset", func() { c.must("AdminResetUserPassword", byAdmin(object{"Username": "ann", "ClientMetadata": m})) }, "CustomMessage_ForgotPassword c=m"},
		{"a password of the administrator", func() {
			c.must("AdminSetUserPassword", byAdmin(object{"Username": "ann", "Password": gatetest.Password, "Permanent": true}))
		}, ""},
		{"an address of the administrator", func() {
			c.must("AdminUpdateUserAttributes", byAdmin(object{"Username": "ann", "ClientMetadata": m, "UserAttributes": []any{object{"Name": "email", "Value": "ann3@example.com"}}}))
		}, "CustomMessage_UpdateUserAttribute c=m"},
		{"an invitation", func() {
			c.must("AdminCreateUser", byAdmin(object{"Username": "bob", "DesiredDeliveryMediums": []any{"EMAIL"}, "TemporaryPassword": gatetest.Password, "ClientMetadata": m, "ValidationData": v, "UserAttributes": []any{object{"Name": "email", "Value": "bob@example.com"}}}))
		}, "PreSignUp_AdminCreateUser c=m v=v, CustomMessage_AdminCreateUser c=m"},
		{"an invitation again", func() {
			c.must("AdminCreateUser", byAdmin(object{"Username": "bob", "DesiredDeliveryMediums": []any{"EMAIL"}, "MessageAction": "RESEND", "ClientMetadata": m}))
		}, "CustomMessage_AdminCreateUser c=m"},
		{"the invited", func() {
			c.must("AdminSetUserPassword", byAdmin(object{"Username": "bob", "Password": gatetest.Password, "Permanent": false}))
			keep(c.must("AdminInitiateAuth", whole(nil, byAdmin(own(nil)), object{"AuthFlow": "ADMIN_USER_PASSWORD_AUTH", "AuthParameters": object{"USERNAME": "bob", "PASSWORD": gatetest.Password}})))
		}, "PreAuthentication_Authentication v=m"},
		{"their password", func() {
			keep(c.must("AdminRespondToAuthChallenge", byAdmin(own(object{"ChallengeName": "NEW_PASSWORD_REQUIRED", "Session": session, "ChallengeResponses": object{"USERNAME": "bob", "NEW_PASSWORD": gatetest.Password}}))))
		}, "PostAuthentication_Authentication c=m, TokenGeneration_NewPasswordChallenge c=m"},
		{"a user of another system", func() {
			keep(c.must("InitiateAuth", whole(nil, own(nil), passwordAuth(client, "old", gatetest.Password))))
		}, "UserMigration_Authentication v=m, PreAuthentication_Authentication v=m, PostAuthentication_Authentication, TokenGeneration_Authentication"},
		{"a challenge of one's own", func() {
			keep(c.must("InitiateAuth", own(object{"AuthFlow": "CUSTOM_AUTH", "AuthParameters": object{"USERNAME": "ann"}})))
		}, "PreAuthentication_Authentication v=m, DefineAuthChallenge_Authentication, CreateAuthChallenge_Authentication"},
		{"its answer", func() {
			keep(c.must("RespondToAuthChallenge", own(object{"ChallengeName": "CUSTOM_CHALLENGE", "Session": session, "ChallengeResponses": object{"USERNAME": "ann", "ANSWER": "x"}})))
		}, "VerifyAuthChallengeResponse_Authentication c=m, DefineAuthChallenge_Authentication c=m, PostAuthentication_Authentication c=m, TokenGeneration_Authentication c=m"},
		{"disabling", func() {
			c.must("AdminDisableUser", byAdmin(object{"Username": "ann"}))
			c.must("AdminEnableUser", byAdmin(object{"Username": "ann"}))
		}, ""},
		{"signing out", func() { c.must("AdminUserGlobalSignOut", byAdmin(object{"Username": "ann"})) }, ""},
		{"deleting", func() { c.must("AdminDeleteUser", byAdmin(object{"Username": "ann"})) }, ""},
	}
	for _, tt := range tests {
		gt.Functions.Sources() // forgets them
		tt.do()
		if got := told(gt.Functions.Events()); got != tt.want {
			t.Errorf("%s:\n got %s\nwant %s", tt.what, got, tt.want)
		}
		gt.Advance(time.Second)
	}
}

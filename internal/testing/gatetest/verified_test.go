package gatetest_test

import (
	"encoding/json"
	"net/http"
	"regexp"
	"strings"
	"testing"
	"time"

	"gatehouse/internal/testing/gatetest"
	"gatehouse/internal/testing/gatetest/enginetest"
)

// What was recorded of the service itself, where no other test says it.

// passwordAuth is the input of InitiateAuth with a password.
func passwordAuth(client any, name, password string) object {
	return object{"ClientId": client, "AuthFlow": "USER_PASSWORD_AUTH", "AuthParameters": object{"USERNAME": name, "PASSWORD": password}}
}

func readClaims(t *testing.T, jwt any) object {
	t.Helper()
	claims := object{}
	if err := json.Unmarshal([]byte(claimsOf(t, jwt.(string))), &claims); err != nil {
		t.Fatal(err)
	}
	return claims
}

// An error has its name and its text in headers too; a member that is null is absent;
// one that is secret is not repeated.
func TestVerifiedEnvelope(t *testing.T) {
	gt := gatetest.New(t)
	c, client := &caller{gt, t, gt.Handler}, gt.MustClient().ClientId
	w := c.call("InitiateAuth", passwordAuth(client, "nobody", "x"))
	const text = "User does not exist."
	for name, want := range map[string]string{"Content-Type": "application/x-amz-json-1.1", "X-Amzn-ErrorType": "UserNotFoundException:", "X-Amzn-ErrorMessage": text} {
		if got := w.Header().Get(name); got != want {
			t.Errorf("%s: %q, want %q", name, got, want)
		}
	}
	if id := w.Header().Get("X-Amzn-RequestId"); w.Code != http.StatusBadRequest || !regexp.MustCompile(`^[0-9a-f-]{36}$`).MatchString(id) || w.Body.String() != `{"__type":"UserNotFoundException","message":"`+text+`"}` {
		t.Errorf("%d %q %s", w.Code, id, w.Body)
	}
	if w := c.call("SignUp", object{"ClientId": client, "Username": "null", "Password": gatetest.Password, "ValidationData": nil, "UserAttributes": nil, "SecretHash": nil}); w.Code != http.StatusOK || w.Header().Get("Content-Type") != "application/x-amz-json-1.1" {
		t.Errorf("null members: %d %s", w.Code, w.Body)
	}
	if w := c.call("SignUp", object{"ClientId": client, "Username": " ", "Password": " blank"}); !strings.Contains(w.Body.String(), "2 validation errors detected: ") || !strings.Contains(w.Body.String(), "Value at 'password' failed") || strings.Contains(w.Body.String(), "blank") {
		t.Errorf("a password that breaks a constraint: %s", w.Body)
	}
}

// A pool whose users are named by an address calls each by a UUID, and fills the
// attribute from the name.
func TestVerifiedNamesAreAddresses(t *testing.T) {
	gt := gatetest.New(t)
	c := &caller{gt, t, gt.Handler}
	pool := c.must("CreateUserPool", object{"PoolName": "p", "UsernameAttributes": []any{"email"}})["UserPool"].(object)["Id"]
	client := c.must("CreateUserPoolClient", object{"UserPoolId": pool, "ClientName": "c", "GenerateSecret": false, "ExplicitAuthFlows": []any{"ALLOW_USER_PASSWORD_AUTH", "ALLOW_REFRESH_TOKEN_AUTH"}})["UserPoolClient"].(object)["ClientId"]
	user := c.must("AdminCreateUser", object{"UserPoolId": pool, "Username": "ann@example.com", "MessageAction": "SUPPRESS"})["User"].(object)
	name, _ := user["Username"].(string)
	if !regexp.MustCompile(`^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$`).MatchString(name) || !covers(user["Attributes"], []any{object{"Name": "sub", "Value": name}, object{"Name": "email", "Value": "ann@example.com"}}) {
		t.Errorf("user: %v", user)
	}
	c.must("AdminSetUserPassword", object{"UserPoolId": pool, "Username": "ann@example.com", "Password": gatetest.Password, "Permanent": true})
	tokens := c.must("InitiateAuth", passwordAuth(client, "ann@example.com", gatetest.Password))["AuthenticationResult"].(object)
	id, access := readClaims(t, tokens["IdToken"]), readClaims(t, tokens["AccessToken"])
	if id["cognito:username"] != name || access["username"] != name || id["sub"] != name || access["scope"] != "aws.cognito.signin.user.admin" {
		t.Errorf("ID token: %v; access token: %v", id, access)
	}
	if w := c.call("SignUp", object{"ClientId": client, "Username": "ann@example.com", "Password": gatetest.Password}); !strings.Contains(w.Body.String(), `"UsernameExistsException","message":"User already exists"`) {
		t.Errorf("a second ann: %s", w.Body)
	}
	secret := c.must("CreateUserPoolClient", object{"UserPoolId": pool, "ClientName": "s", "GenerateSecret": true})["UserPoolClient"].(object)["ClientSecret"]
	if !regexp.MustCompile(`^[0-9a-v]{51,52}$`).MatchString(secret.(string)) {
		t.Errorf("client secret: %d characters that are not all of 0-9a-v", len(secret.(string)))
	}
}

// What SignUp, its repetition and its lack of a contact answer.
func TestVerifiedSignUp(t *testing.T) {
	gt := gatetest.New(t)
	c, client := &caller{gt, t, gt.Handler}, gt.MustClient().ClientId
	sign := func(name string, attributes ...any) object {
		return c.must("SignUp", object{"ClientId": client, "Username": name, "Password": gatetest.Password, "UserAttributes": attributes})
	}
	if out := sign("plain", object{"Name": "name", "Value": "P"}); out["CodeDeliveryDetails"] != nil || out["UserConfirmed"] != false || out["UserSub"] == nil {
		t.Errorf("without a contact: %v", out)
	}
	delivery := object{"AttributeName": "email", "DeliveryMedium": "EMAIL", "Destination": "t***@e***"}
	if out := sign("tom", object{"Name": "email", "Value": "tom@example.com"}); !covers(out["CodeDeliveryDetails"], delivery) {
		t.Errorf("with an e-mail address: %v", out)
	}
	for range 2 {
		if out := c.must("ResendConfirmationCode", object{"ClientId": client, "Username": "tom"}); !covers(out["CodeDeliveryDetails"], delivery) {
			t.Errorf("sent again: %v", out)
		}
	}
	c.must("UpdateUserPool", object{"UserPoolId": gt.Pool})
	if w := c.call("ResendConfirmationCode", object{"ClientId": client, "Username": "tom"}); !strings.Contains(w.Body.String(), `"Cannot resend codes. Auto verification not turned on."`) {
		t.Errorf("sent again without auto verification: %s", w.Body)
	}
	c.must("UpdateUserPool", object{"UserPoolId": gt.Pool, "AutoVerifiedAttributes": []any{"phone_number"}, "SmsConfiguration": object{"SnsCallerArn": *smsRole.SnsCallerArn, "ExternalId": "x"}})
	if out := sign("pia", object{"Name": "phone_number", "Value": "+15551239934"}); !covers(out["CodeDeliveryDetails"], object{"AttributeName": "phone_number", "DeliveryMedium": "SMS", "Destination": "+*******9934"}) {
		t.Errorf("with a phone number: %v", out)
	}
}

// What a sign-in and its refresh answer, and what is said of the user who signed in.
func TestVerifiedSignIn(t *testing.T) {
	gt := gatetest.New(t)
	c, client := &caller{gt, t, gt.Handler}, gt.MustClient().ClientId
	gt.MustUser("ann")
	out := c.must("InitiateAuth", passwordAuth(client, "ann", gatetest.Password))
	tokens := out["AuthenticationResult"].(object)
	if parameters, ok := out["ChallengeParameters"].(object); !ok || len(parameters) != 0 || out["ChallengeName"] != nil || out["Session"] != nil || tokens["TokenType"] != "Bearer" || tokens["ExpiresIn"] != 3600.0 {
		t.Errorf("tokens: %v", out)
	}
	first := readClaims(t, tokens["IdToken"])
	for _, flow := range []string{"REFRESH_TOKEN_AUTH", "REFRESH_TOKEN"} {
		gt.Advance(time.Minute)
		out := c.must("InitiateAuth", object{"ClientId": client, "AuthFlow": flow, "AuthParameters": object{"REFRESH_TOKEN": tokens["RefreshToken"]}})
		again := out["AuthenticationResult"].(object)
		next := readClaims(t, again["IdToken"])
		if parameters, ok := out["ChallengeParameters"].(object); !ok || len(parameters) != 0 || again["RefreshToken"] != nil || next["origin_jti"] != first["origin_jti"] || next["auth_time"] != first["auth_time"] || next["jti"] == first["jti"] || next["iat"] == first["iat"] {
			t.Errorf("%s: %v, %v; first %v", flow, out, next, first)
		}
	}
	self := c.must("GetUser", object{"AccessToken": tokens["AccessToken"]})
	if attributes := self["UserAttributes"].([]any); attributes[0].(object)["Name"] != "sub" || self["UserStatus"] != nil || self["UserMFASettingList"] != nil || self["PreferredMfaSetting"] != nil {
		t.Errorf("GetUser: %v", self)
	}
	if admin := c.must("AdminGetUser", object{"UserPoolId": gt.Pool, "Username": "ann"}); admin["UserStatus"] != "CONFIRMED" || admin["UserMFASettingList"] != nil || admin["PreferredMfaSetting"] != nil || admin["MFAOptions"] != nil {
		t.Errorf("AdminGetUser: %v", admin)
	}
}

// An invited user of a pool with a second factor chooses a password, the temporary one
// if they like, sets the factor up, and is asked for it from then on, even if they
// stopped after it was verified. A code counts once, and a session as long as it lives.
func TestVerifiedChallengesOfANewUser(t *testing.T) {
	gt := gatetest.New(t)
	c, client := &caller{gt, t, gt.Handler}, gt.MustClient().ClientId
	c.must("SetUserPoolMfaConfig", object{"UserPoolId": gt.Pool, "MfaConfiguration": "ON", "SoftwareTokenMfaConfiguration": object{"Enabled": true}})
	respond := func(name string, session any, responses object) object {
		return c.must("RespondToAuthChallenge", object{"ClientId": client, "ChallengeName": name, "Session": session, "ChallengeResponses": responses})
	}
	for _, run := range []struct {
		name  string
		stops bool
	}{{"ann", false}, {"bob", true}} {
		gt.MustInvite(run.name)
		out := c.must("InitiateAuth", passwordAuth(client, run.name, gatetest.Password))
		if out["ChallengeName"] != "NEW_PASSWORD_REQUIRED" {
			t.Fatalf("%s: %v", run.name, out)
		}
		out = respond("NEW_PASSWORD_REQUIRED", out["Session"], object{"USERNAME": run.name, "NEW_PASSWORD": gatetest.Password})
		if out["ChallengeName"] != "MFA_SETUP" {
			t.Fatalf("%s: %v", run.name, out)
		}
		made := c.must("AssociateSoftwareToken", object{"Session": out["Session"]})
		code := func() string { return enginetest.TOTP(t, made["SecretCode"].(string), gt.Now()).Reveal() }
		verified := c.must("VerifySoftwareToken", object{"Session": made["Session"], "UserCode": code()})
		if verified["Status"] != "SUCCESS" {
			t.Fatalf("%s: %v", run.name, verified)
		}
		if !run.stops {
			out = respond("MFA_SETUP", verified["Session"], object{"USERNAME": run.name})
			if parameters, ok := out["ChallengeParameters"].(object); out["AuthenticationResult"] == nil || !ok || len(parameters) != 0 {
				t.Errorf("%s: %v", run.name, out)
			}
		}
		used := code()
		out = c.must("InitiateAuth", passwordAuth(client, run.name, gatetest.Password))
		if out["ChallengeName"] != "SOFTWARE_TOKEN_MFA" {
			t.Fatalf("%s: %v", run.name, out)
		}
		answer := object{"ClientId": client, "ChallengeName": "SOFTWARE_TOKEN_MFA", "Session": out["Session"], "ChallengeResponses": object{"USERNAME": run.name, "SOFTWARE_TOKEN_MFA_CODE": used}}
		if w := c.call("RespondToAuthChallenge", answer); !strings.Contains(w.Body.String(), `"ExpiredCodeException","message":"Your software token has already been used once."`) {
			t.Errorf("%s: a code again: %s", run.name, w.Body)
		}
		gt.Advance(4 * time.Minute)
		answer["ChallengeResponses"].(object)["SOFTWARE_TOKEN_MFA_CODE"] = code()
		if w := c.call("RespondToAuthChallenge", answer); !strings.Contains(w.Body.String(), `"NotAuthorizedException","message":"Invalid session for the user, session is expired."`) {
			t.Errorf("%s: an old session: %s", run.name, w.Body)
		}
	}
}

// What programs compare with, word by word, and no other test says.
func TestVerifiedWords(t *testing.T) {
	gt := gatetest.New(t)
	c, client := &caller{gt, t, gt.Handler}, gt.MustClient().ClientId
	gt.MustUser("ann")
	c.must("CreateUserPoolDomain", object{"UserPoolId": gt.Pool, "Domain": "taken"})
	pool := func(change object) any {
		return c.must("CreateUserPool", whole(nil, object{"PoolName": "p"}, change))["UserPool"].(object)["Id"]
	}
	clientOf := func(pool any, flows ...any) any {
		return c.must("CreateUserPoolClient", object{"UserPoolId": pool, "ClientName": "c", "ExplicitAuthFlows": flows})["UserPoolClient"].(object)["ClientId"]
	}
	strict := pool(object{"Schema": []any{object{"Name": "email", "Required": true, "Mutable": true}}, "AccountRecoverySetting": object{"RecoveryMechanisms": []any{object{"Name": "admin_only", "Priority": 1}}}})
	strictClient := clientOf(strict, "ALLOW_USER_SRP_AUTH")
	c.must("AdminCreateUser", object{"UserPoolId": strict, "Username": "eve", "MessageAction": "SUPPRESS", "UserAttributes": []any{object{"Name": "email", "Value": "eve@example.com"}, object{"Name": "email_verified", "Value": "true"}}})
	c.must("AdminSetUserPassword", object{"UserPoolId": strict, "Username": "eve", "Password": gatetest.Password, "Permanent": true})
	password := object{"USERNAME": "eve", "PASSWORD": gatetest.Password}
	for _, tt := range []struct {
		operation string
		in        object
		name      string
		text      string
	}{
		{"AdminInitiateAuth", object{"UserPoolId": strict, "ClientId": strictClient, "AuthFlow": "ADMIN_USER_PASSWORD_AUTH", "AuthParameters": password}, invalid, "Auth flow not enabled for this client"},
		{"InitiateAuth", object{"ClientId": strictClient, "AuthFlow": "USER_PASSWORD_AUTH", "AuthParameters": password}, invalid, "USER_PASSWORD_AUTH flow not enabled for this client"},
		{"ResendConfirmationCode", object{"ClientId": client, "Username": "ann"}, invalid, "User is already confirmed."},
		{"ForgotPassword", object{"ClientId": strictClient, "Username": "eve"}, unauthorized, "Contact administrator to reset password."},
		{"AdminDeleteUserAttributes", object{"UserPoolId": strict, "Username": "eve", "UserAttributeNames": []any{"email"}}, invalid, "Invalid user attributes: email: Required attribute cannot be deleted."},
		{"CreateUserPoolDomain", object{"UserPoolId": strict, "Domain": "taken"}, invalid, "Domain already associated with another user pool."},
		{"CreateUserPool", object{"PoolName": "p", "Schema": []any{object{"Name": "updated_at", "AttributeDataType": "Number", "NumberAttributeConstraints": object{"MinValue": "5", "MaxValue": "4"}}}}, invalid, "user.updated_at: Max value cannot be less than min value."},
		{"SetUserPoolMfaConfig", object{"UserPoolId": strict, "MfaConfiguration": "ON"}, invalid, "SMS MFA, Email MFA, or Software Token MFA must be enabled"},
		{"SetUserPoolMfaConfig", object{"UserPoolId": strict, "MfaConfiguration": "AUTO"}, invalid, "Member must satisfy enum value set: [OPTIONAL, OFF, ON]"},
		{"ConfirmSignUp", object{"ClientId": client, "Username": "ann", "ConfirmationCode": "1 12 123"}, invalid, `1 validation error detected: Value '1 12 123' at 'confirmationCode' failed to satisfy constraint: Member must satisfy regular expression pattern: [\S]+`},
		{"CreateManagedLoginBranding", object{"UserPoolId": gt.Pool, "ClientId": client, "UseCognitoProvidedValues": true, "Assets": []any{nil}}, invalid, "Member must satisfy constraint: [Member must not be null]"},
	} {
		w, out := c.call(tt.operation, tt.in), object{}
		if err := json.Unmarshal(w.Body.Bytes(), &out); err != nil {
			t.Fatal(err)
		}
		if text, _ := out["message"].(string); w.Code != http.StatusBadRequest || out["__type"] != tt.name || !strings.Contains(text, tt.text) {
			t.Errorf("%s %v: %d %s, want %s: %s", tt.operation, tt.in, w.Code, w.Body, tt.name, tt.text)
		}
	}
	// That a factor is named counts, and not what is said of it.
	off := object{"Enabled": false}
	if out := c.must("SetUserPoolMfaConfig", object{"UserPoolId": strict, "MfaConfiguration": "ON", "SoftwareTokenMfaConfiguration": off}); !covers(out, object{"MfaConfiguration": "ON", "SoftwareTokenMfaConfiguration": off}) {
		t.Errorf("ON with a factor that is named: %v", out)
	}
}

package gatetest_test

import (
	"encoding/json"
	"fmt"
	"net/http"
	"testing"

	"gatehouse/internal/testing/gatetest"
	"gatehouse/internal/testing/gatetest/enginetest"
)

// No response of a function, however odd, causes an internal error of the call that
// asked it.
func FuzzResponsesOfFunctions(f *testing.F) {
	for _, response := range []string{
		`{}`, `null`, `[]`, `{"autoConfirmUser":true,"autoVerifyEmail":true,"autoVerifyPhone":true}`, `{"challengeName":"CUSTOM_CHALLENGE"}`, `{"challengeName":"SMS_MFA"}`, `{"challengeName":"\u0000"}`,
		`{"challengeName":"CUSTOM_CHALLENGE","publicChallengeParameters":{"USERNAME":"bob","\u0000":"x"},"privateChallengeParameters":{"c":"d"},"challengeMetadata":"m"}`,
		`{"issueTokens":true}`, `{"issueTokens":true,"failAuthentication":true,"answerCorrect":true}`,
		`{"userAttributes":{"email":"old@example.com","email_verified":"true","username":"x"},"finalUserStatus":"CONFIRMED","messageAction":"SUPPRESS"}`,
		`{"userAttributes":{"sub":"x","custom:none":"y","email":"\u0000","username":"a b"},"finalUserStatus":"RESET_REQUIRED","desiredDeliveryMediums":["PIGEON"],"forceAliasCreation":true,"enableSMSMFA":true}`,
		`{"smsMessage":"{####}","emailMessage":"{####}\u0000{username}","emailSubject":"a\r\nBcc: b@example.com"}`,
		`{"claimsOverrideDetails":{"claimsToAddOrOverride":{"sub":"b","":"x","a\u0000":"\ud800"},"claimsToSuppress":["exp"],"groupOverrideDetails":{"groupsToOverride":["e","\u0000"],"preferredRole":"x"}}}`,
	} {
		f.Add(response)
	}
	gt := gatetest.New(f)
	respond := func(enginetest.Event) error { return nil }
	gt.Functions.Handle("f", func(e enginetest.Event) error { return respond(e) })
	n := 0
	f.Fuzz(func(t *testing.T, text string) {
		var response any
		if json.Unmarshal([]byte(text), &response) != nil {
			return // package trigger has a target for what is no JSON
		}
		respond = func(e enginetest.Event) error { e["response"] = response; return nil }
		c := &caller{gt, t, gt.Handler}
		n++
		name, old := fmt.Sprint("user", n), fmt.Sprint("old", n)
		all := object{}
		for _, trigger := range []string{"PreSignUp", "CustomMessage", "PostConfirmation", "PreAuthentication", "PostAuthentication", "PreTokenGeneration", "UserMigration", "DefineAuthChallenge", "CreateAuthChallenge", "VerifyAuthChallengeResponse"} {
			all[trigger] = enginetest.FunctionARN + "f"
		}
		c.must("UpdateUserPool", object{"UserPoolId": gt.Pool, "AutoVerifiedAttributes": []any{"email"}, "LambdaConfig": all})
		client := c.must("CreateUserPoolClient", object{"UserPoolId": gt.Pool, "ClientName": "c", "ExplicitAuthFlows": []any{"ALLOW_USER_PASSWORD_AUTH", "ALLOW_REFRESH_TOKEN_AUTH", "ALLOW_CUSTOM_AUTH"}})["UserPoolClient"].(object)["ClientId"]
		defer c.must("DeleteUserPoolClient", object{"UserPoolId": gt.Pool, "ClientId": client})
		call := func(operation string, in object) object {
			w := c.call(operation, in)
			if w.Code >= 500 || !json.Valid(w.Body.Bytes()) {
				t.Fatalf("%s: %d %s", operation, w.Code, w.Body)
			}
			var out object
			if w.Code == http.StatusOK {
				json.Unmarshal(w.Body.Bytes(), &out)
			}
			return out
		}
		call("SignUp", object{"ClientId": client, "Username": name, "Password": gatetest.Password, "UserAttributes": []any{object{"Name": "email", "Value": name + "@example.com"}}})
		call("ResendConfirmationCode", object{"ClientId": client, "Username": name})
		call("AdminConfirmSignUp", object{"UserPoolId": gt.Pool, "Username": name})
		call("InitiateAuth", passwordAuth(client, name, gatetest.Password))
		call("InitiateAuth", passwordAuth(client, old, gatetest.Password))
		call("ForgotPassword", object{"ClientId": client, "Username": old + "x"})
		call("AdminCreateUser", object{"UserPoolId": gt.Pool, "Username": name + "i", "DesiredDeliveryMediums": []any{"EMAIL"}, "UserAttributes": []any{object{"Name": "email", "Value": name + "i@example.com"}}})
		if out := call("InitiateAuth", object{"ClientId": client, "AuthFlow": "CUSTOM_AUTH", "AuthParameters": object{"USERNAME": name}}); out["Session"] != nil {
			call("RespondToAuthChallenge", object{"ClientId": client, "ChallengeName": out["ChallengeName"], "Session": out["Session"], "ChallengeResponses": object{"USERNAME": name, "ANSWER": "x"}})
		}
	})
}

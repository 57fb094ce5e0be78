package wire

import (
	"errors"
	"fmt"
	"strings"
	"testing"
)

// complaint decodes and checks body as an operation's input. It returns the message
// about broken constraints, or "".
func complaint(t *testing.T, operation, body string) string {
	t.Helper()
	in, err := Find(operation).Decode([]byte(body))
	if err != nil {
		t.Fatalf("decode %s: %v", body, err)
	}
	broken, ok := errors.AsType[*ConstraintError](Validate(in))
	if !ok {
		return ""
	}
	return broken.Message()
}

func TestConstraints(t *testing.T) {
	const (
		pool  = `"UserPoolId":"us-east-1_Abc123"`
		user  = pool + `,"Username":"alice"`
		one   = "1 validation error detected: "
		must  = " failed to satisfy constraint: Member must "
		short = must + "have length greater than or equal to "
		long  = must + "have length less than or equal to "
		match = must + "satisfy regular expression pattern: "
	)
	confirm := `"ClientId":"abc","Username":"alice"`
	tags := "{" + strings.Repeat("k", 129) + "=" + strings.Repeat("v", 257) + "}"
	tests := []struct{ operation, members, want string }{
		{"AdminGetUser", user, ""},
		{"AdminGetUser", pool + `,"Username":"Älice@例え.jp"`, ""},

		// Messages seen on AWS.
		{"VerifySoftwareToken", `"UserCode":"Aaaa"`, "2 validation errors detected: Value 'Aaaa' at 'userCode'" + match + "[0-9]+; Value 'Aaaa' at 'userCode'" + short + "6"},
		{"AdminGetUser", `"UserPoolId":"bad","Username":"alice"`, one + "Value 'bad' at 'userPoolId'" + match + `[\w-]+_[0-9a-zA-Z]+`},
		{"ConfirmSignUp", confirm + `,"ConfirmationCode":"1 12 123"`, one + "Value '1 12 123' at 'confirmationCode'" + match + `[\S]+`},
		{"SignUp", confirm + `,"Password":" "`, "2 validation errors detected: Value at 'password'" + match + `^[\S]+.*[\S]+$; Value at 'password'` + short + "6"},

		{"AdminGetUser", pool, one + "Value null at 'username'" + must + "not be null"},
		{"AdminGetUser", "", "2 validation errors detected: Value null at 'userPoolId'" + must + "not be null; Value null at 'username'" + must + "not be null"},
		{"AdminGetUser", pool + `,"Username":"a b"`, one + "Value at 'username'" + match + `[\p{L}\p{M}\p{S}\p{N}\p{P}]+`},
		{"AdminGetUser", pool + `,"Username":"` + strings.Repeat("é", 128) + `"`, ""},
		{"AdminGetUser", pool + `,"Username":"` + strings.Repeat("é", 129) + `"`, one + "Value at 'username'" + long + "128"},
		{"GetUser", `"AccessToken":"a b"`, one + "Value at 'accessToken'" + match + "[A-Za-z0-9-_=.]+"},

		{"ListGroups", pool + `,"Limit":0`, ""},
		{"ListGroups", pool + `,"Limit":60`, ""},
		{"ListGroups", pool + `,"Limit":61`, one + "Value '61' at 'limit'" + must + "have value less than or equal to 60"},
		{"ListGroups", pool + `,"Limit":-1`, one + "Value '-1' at 'limit'" + must + "have value greater than or equal to 0"},
		{"ListUserPools", "", one + "Value null at 'maxResults'" + must + "not be null"},
		{"CreateGroup", pool + `,"GroupName":"g","Precedence":2147483647`, ""},

		{"CreateUserPool", `"PoolName":"p","MfaConfiguration":"MAYBE"`, one + "Value 'MAYBE' at 'mfaConfiguration'" + must + "satisfy enum value set: [OPTIONAL, OFF, ON]"},
		{"SetLogDeliveryConfiguration", pool + `,"LogConfigurations":[{"LogLevel":"DEBUG","EventSource":"x"}]`,
			"2 validation errors detected: Value 'x' at 'logConfigurations.1.member.eventSource'" + must + "satisfy enum value set: [userAuthEvents, userNotification]; " +
				"Value 'DEBUG' at 'logConfigurations.1.member.logLevel'" + must + "satisfy enum value set: [ERROR, INFO]"},
		{"InitiateAuth", `"ClientId":"a-b","AuthFlow":"X"`, "2 validation errors detected: " +
			"Value 'X' at 'authFlow'" + must + "satisfy enum value set: [USER_SRP_AUTH, REFRESH_TOKEN_AUTH, REFRESH_TOKEN, CUSTOM_AUTH, ADMIN_NO_SRP_AUTH, USER_PASSWORD_AUTH, ADMIN_USER_PASSWORD_AUTH, USER_AUTH]; " +
			"Value at 'clientId'" + match + `[\w+]+`},

		// Below the first level.
		{"AdminCreateUser", user + `,"UserAttributes":[{"Name":"email"},{"Value":"x"}]`, one + "Value null at 'userAttributes.2.member.name'" + must + "not be null"},
		{"AdminCreateUser", user + `,"UserAttributes":[null,{"Name":""}]`, "2 validation errors detected: Value '' at 'userAttributes.1.member.name'" + match + `[\p{L}\p{M}\p{S}\p{N}\p{P}\t\n\r ]+; Value '' at 'userAttributes.1.member.name'` + short + "1"},
		{"AdminCreateUser", user + `,"UserAttributes":[{"Name":"a","Value":"` + strings.Repeat("x", 2049) + `"}]`, one + "Value at 'userAttributes.1.member.value'" + long + "2048"},
		{"AdminCreateUser", user + `,"DesiredDeliveryMediums":["SMS","PIGEON"]`, one + "Value '[SMS, PIGEON]' at 'desiredDeliveryMediums'" + must + "satisfy constraint: [Member must satisfy enum value set: [SMS, EMAIL]]"},
		{"CreateUserPool", `"PoolName":"p","Policies":{"PasswordPolicy":{"MinimumLength":5}}`, one + "Value '5' at 'policies.passwordPolicy.minimumLength'" + must + "have value greater than or equal to 6"},
		{"CreateUserPool", `"PoolName":"p","UserPoolTags":{"` + strings.Repeat("k", 129) + `":"` + strings.Repeat("v", 257) + `"}`,
			"2 validation errors detected: Value '" + tags + "' at 'userPoolTags' failed to satisfy constraint: Map keys must satisfy constraint: [Member must have length less than or equal to 128, Member must have length greater than or equal to 1]; Value '" +
				tags + "' at 'userPoolTags' failed to satisfy constraint: Map value must satisfy constraint: [Member must have length less than or equal to 256, Member must have length greater than or equal to 0]"},
		{"CreateUserPoolClient", pool + `,"ClientName":"c","CallbackURLs":["app://ok"," ",""]`, // seen on AWS
			one + `Value '[app://ok,  , ]' at 'callbackURLs'` + must + `satisfy constraint: [Member must have length less than or equal to 1024, Member must have length greater than or equal to 1, Member must satisfy regular expression pattern: [\p{L}\p{M}\p{S}\p{N}\p{P}]+]`},
		{"InitiateAuth", `"ClientId":"abc","AuthFlow":"USER_AUTH","AuthParameters":{"PASSWORD":"` + strings.Repeat("p", 131073) + `"}`, one + "Value at 'authParameters' failed to satisfy constraint: Map value must satisfy constraint: [Member must have length less than or equal to 131072, Member must have length greater than or equal to 0]"},
		{"CreateUserPool", `"PoolName":"p","AcrConfiguration":{"Level1":{}}`, one + "Value null at 'acrConfiguration.member.value.acrValue'" + must + "not be null"},
		{"CreateTerms", pool + `,"ClientId":"a","TermsName":"terms-of-use","TermsSource":"LINK","Enforcement":"NONE","Links":{"cognito:klingon":"x"}`,
			one + "Value '{cognito:klingon=x}' at 'links' failed to satisfy constraint: Map keys must satisfy constraint: [Member must satisfy regular expression pattern: ^cognito:(default|dutch|english|french|spanish|german|bahasa-indonesia|italian|japanese|korean|portuguese-brazil|chinese-(simplified|traditional))$]"},

		// Sizes, and how containers print.
		{"CreateUserPool", `"PoolName":"p","Schema":[]`, one + "Value '[]' at 'schema'" + short + "1"},
		{"CreateUserPool", `"PoolName":"p","AccountRecoverySetting":{"RecoveryMechanisms":[{"Name":"admin_only","Priority":1},{"Name":"admin_only","Priority":2},{}]}`,
			"3 validation errors detected: Value '[RecoveryOptionType(name=admin_only, priority=1), RecoveryOptionType(name=admin_only, priority=2), RecoveryOptionType(name=null, priority=null)]' at 'accountRecoverySetting.recoveryMechanisms'" + long + "2; " +
				"Value null at 'accountRecoverySetting.recoveryMechanisms.3.member.name'" + must + "not be null; Value null at 'accountRecoverySetting.recoveryMechanisms.3.member.priority'" + must + "not be null"},
		{"SetLogDeliveryConfiguration", pool + `,"LogConfigurations":[` + strings.Repeat(`{"LogLevel":"INFO","EventSource":"userAuthEvents","S3Configuration":{}},`, 2) + `{"LogLevel":"INFO","EventSource":"userAuthEvents"}]`,
			one + "Value '[" + strings.Repeat("LogConfigurationType(cloudWatchLogsConfiguration=null, eventSource=userAuthEvents, firehoseConfiguration=null, logLevel=INFO, s3Configuration=S3ConfigurationType(bucketArn=null)), ", 2) +
				"LogConfigurationType(cloudWatchLogsConfiguration=null, eventSource=userAuthEvents, firehoseConfiguration=null, logLevel=INFO, s3Configuration=null)]' at 'logConfigurations'" + long + "2"},
		{"CreateUserPoolClient", pool + `,"ClientName":"c","AllowedOAuthFlows":["code","code","implicit","x"]`,
			"2 validation errors detected: Value '[code, code, implicit, x]' at 'allowedOAuthFlows'" + long + "3; Value '[code, code, implicit, x]' at 'allowedOAuthFlows'" + must + "satisfy constraint: [Member must satisfy enum value set: [code, implicit, client_credentials]]"},
		{"CreateTerms", pool + `,"ClientId":"a","TermsName":"terms-of-use","TermsSource":"LINK","Enforcement":"NONE","Links":{}`, one + "Value '{}' at 'links'" + short + "1"},
		{"CreateManagedLoginBranding", pool + `,"ClientId":"a","Assets":[null]`, one + "Value '[null]' at 'assets'" + must + "satisfy constraint: [Member must not be null]"},
		{"SetUICustomization", pool + `,"ImageFile":"` + strings.Repeat("AAAA", 43691) + `"`, one + "Value 'java.nio.HeapByteBuffer[pos=0 lim=131073 cap=131073]' at 'imageFile'" + long + "131072"},
	}
	for _, tt := range tests {
		t.Run(tt.operation, func(t *testing.T) {
			if got := complaint(t, tt.operation, "{"+tt.members+"}"); got != tt.want {
				t.Errorf("{%.200s}\n got %s\nwant %s", tt.members, got, tt.want)
			}
		})
	}
}

// A small body must not cause a long message.
func TestViolationsAreBounded(t *testing.T) {
	many := strings.TrimSuffix(strings.Repeat("{},", 20_000), ",")
	for _, body := range []string{
		`{"UserAttributes":[` + many + `]}`,
		`{"Schema":[` + many + `]}`,
	} {
		for _, operation := range []string{"AdminCreateUser", "CreateUserPool"} {
			if got := complaint(t, operation, body); len(got) > len(body) {
				t.Errorf("%s: %d bytes of body make %d bytes of message", operation, len(body), len(got))
			}
		}
	}
}

func TestTheLogShowsNoValue(t *testing.T) {
	in := &ConfirmSignUpInput{}
	if err := decodeBody([]byte(`{"ConfirmationCode":"12 34","Username":"alice bob"}`), in); err != nil {
		t.Fatal(err)
	}
	text := fmt.Sprint(Validate(in))
	for _, value := range []string{"12 34", "alice"} {
		if strings.Contains(text, value) {
			t.Errorf("%q is in the log's text %q", value, text)
		}
	}
	if !strings.Contains(text, "confirmationCode: Member must satisfy") {
		t.Errorf("the log's text %q does not name the constraint", text)
	}
}

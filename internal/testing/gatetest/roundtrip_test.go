package gatetest_test

import (
	"encoding/base64"
	"encoding/json"
	"maps"
	"net/http"
	"reflect"
	"regexp"
	"slices"
	"strings"
	"testing"

	"gatehouse/internal/directory/cognitoapi"
	"gatehouse/internal/testing/gatetest"
	"gatehouse/internal/testing/gatetest/enginetest"
)

// written is a request that sets every member of an operation's input, and where the
// values are read again.
type written struct {
	operation string
	in        object
	reads     string // the operation that reads them
	of        object // its input
	at        string // the member of its answer that has them; "": the answer itself
	// other has the members that cannot be compared, or that this request cannot
	// have, with the reason. "a → b" as the key: the answer calls member a b.
	other map[string]string
}

// must calls an operation and returns its answer.
func (c *caller) must(operation string, in object) object {
	c.t.Helper()
	w := c.call(operation, in)
	out := object{}
	if w.Body.Len() > 0 {
		if err := json.Unmarshal(w.Body.Bytes(), &out); err != nil {
			c.t.Fatal(err)
		}
	}
	if w.Code != http.StatusOK {
		c.t.Fatalf("%s: %d %s", operation, w.Code, w.Body)
	}
	return out
}

// wholePool is a request for a pool that sets all that a pool can be set to.
func wholePool() object {
	arn := enginetest.FunctionARN + "f"
	return object{
		"PoolName":               "whole",
		"AcrConfiguration":       object{"Level1": object{"AcrValue": "low"}, "Level2": object{"AcrValue": "urn:cognito:loa:2"}, "Level3": object{"AcrValue": "urn:cognito:loa:3"}, "Level4": object{"AcrValue": "high"}},
		"AccountRecoverySetting": object{"RecoveryMechanisms": []any{object{"Name": "verified_phone_number", "Priority": 1.0}, object{"Name": "verified_email", "Priority": 2.0}}},
		"AdminCreateUserConfig": object{"AllowAdminCreateUserOnly": true, "UnusedAccountValidityDays": 3.0, "InviteMessageTemplate": object{
			"EmailMessage": "Hello {username} {####}", "EmailSubject": "Hello", "SMSMessage": "Hi {username} {####}",
		}},
		"AutoVerifiedAttributes": []any{"email", "phone_number"}, "DeletionProtection": "ACTIVE",
		"DcrConfiguration":         object{"EnableStatus": "Enabled", "OpenDcrEnabled": true, "AuthenticatedGrantTypes": []any{"client_credentials"}, "OpenDcrGrantTypes": []any{}, "AllowedScopes": []any{"api/read", "aws.cognito.signin.user.admin"}},
		"DeviceConfiguration":      object{"ChallengeRequiredOnNewDevice": true, "DeviceOnlyRememberedOnUserPrompt": true},
		"EmailConfiguration":       object{"ConfigurationSet": "set", "EmailSendingAccount": "DEVELOPER", "From": "a@example.com", "ReplyToEmailAddress": "b@example.com", "SourceArn": "arn:aws:ses:us-east-1:000000000000:identity/example.com"},
		"EmailVerificationMessage": "Code {####}", "EmailVerificationSubject": "Code", "IssuerConfiguration": object{"Type": "UPDATED"}, "KeyConfiguration": object{"KeyType": "AWS_OWNED_KEY"},
		"LambdaConfig": object{
			"CreateAuthChallenge": arn, "CustomMessage": arn, "CustomEmailSender": object{"LambdaArn": arn, "LambdaVersion": "V1_0"}, "CustomSMSSender": object{"LambdaArn": arn, "LambdaVersion": "V1_0"}, "KMSKeyID": enginetest.CodeKey, "DefineAuthChallenge": arn, "PostAuthentication": arn, "PostConfirmation": arn, "PreAuthentication": arn, "PreSignUp": arn,
			"PreTokenGeneration": arn, "PreTokenGenerationConfig": object{"LambdaArn": arn, "LambdaVersion": "V2_0"}, "UserMigration": arn, "VerifyAuthChallengeResponse": arn,
		},
		"MfaConfiguration": "OPTIONAL",
		"Policies": object{
			"PasswordPolicy": object{"MinimumLength": 12.0, "PasswordHistorySize": 4.0, "RequireLowercase": true, "RequireNumbers": false, "RequireSymbols": false, "RequireUppercase": true, "TemporaryPasswordValidityDays": 3.0},
			"SignInPolicy":   object{"AllowedFirstAuthFactors": []any{"PASSWORD", "EMAIL_OTP"}},
		},
		"SmsAuthenticationMessage": "MFA {####}", "SmsConfiguration": object{"ExternalId": "x", "SnsCallerArn": "arn:aws:iam::000000000000:role/sms", "SnsRegion": "us-east-1"},
		"SmsVerificationMessage": "SMS {####}", "UserAttributeUpdateSettings": object{"AttributesRequireVerificationBeforeUpdate": []any{"email"}},
		"UserPoolAddOns": object{"AdvancedSecurityMode": "AUDIT", "AdvancedSecurityAdditionalFlows": object{"CustomAuthMode": "AUDIT"}}, "UserPoolTags": object{"a": "1"}, "UserPoolTier": "PLUS",
		"VerificationMessageTemplate": object{"DefaultEmailOption": "CONFIRM_WITH_LINK", "EmailMessage": "Code {####}", "EmailMessageByLink": "Click {##here##}", "EmailSubject": "Code", "EmailSubjectByLink": "Link", "SmsMessage": "SMS {####}"},
	}
}

const notWithSNS = "not together with SNS: TestEndUserMessagingOfAPool"

// whole returns the union of maps, without some keys.
func whole[V any](without []string, all ...map[string]V) map[string]V {
	out := map[string]V{}
	for _, m := range all {
		maps.Copy(out, m)
	}
	for _, name := range without {
		delete(out, name)
	}
	return out
}

// wholeClient is a request for a client that sets all that a client can be set to.
func wholeClient() object {
	return object{
		"ClientName": "whole", "AccessTokenValidity": 30.0, "IdTokenValidity": 40.0, "RefreshTokenValidity": 7.0, "TokenValidityUnits": object{"AccessToken": "minutes", "IdToken": "minutes", "RefreshToken": "days"},
		"AllowedOAuthFlows": []any{"code", "implicit"}, "AllowedOAuthFlowsUserPoolClient": true, "AllowedOAuthScopes": []any{"email", "openid"},
		"CallbackURLs": []any{"app://callback", "https://app.example.com/"}, "DefaultRedirectURI": "app://callback", "LogoutURLs": []any{"https://app.example.com/bye"},
		"AuthSessionValidity": 9.0, "EnablePropagateAdditionalUserContextData": true, "EnableTokenRevocation": false,
		"ExplicitAuthFlows": []any{"ALLOW_CUSTOM_AUTH", "ALLOW_USER_SRP_AUTH"}, "PreventUserExistenceErrors": "ENABLED", "ReadAttributes": []any{"email", "name"}, "WriteAttributes": []any{"email"},
		"RefreshTokenRotation": object{"Feature": "ENABLED", "RetryGracePeriodSeconds": 9.0}, "SupportedIdentityProviders": []any{"COGNITO"},
	}
}

// writtenRows returns a row for each operation that writes what another reads.
func writtenRows(c *caller) []written {
	pool := c.must("CreateUserPool", object{"PoolName": "rows"})["UserPool"].(object)["Id"].(string)
	client := c.must("CreateUserPoolClient", object{"UserPoolId": pool, "ClientName": "c", "GenerateSecret": true})["UserPoolClient"].(object)["ClientId"].(string)
	of := func(more ...any) object {
		out := object{"UserPoolId": pool}
		for i := 0; i < len(more); i += 2 {
			out[more[i].(string)] = more[i+1]
		}
		return out
	}
	other := c.must("CreateUserPoolClient", of("ClientName", "d"))["UserPoolClient"].(object)["ClientId"]
	plain := c.must("CreateUserPool", object{"PoolName": "users"})["UserPool"].(object)["Id"]
	role, image := "arn:aws:iam::000000000000:role/r", base64.StdEncoding.EncodeToString(logo(c.t))
	scopes := []any{object{"ScopeName": "read", "ScopeDescription": "Reads"}, object{"ScopeName": "write", "ScopeDescription": "Writes"}}
	details := object{}
	for k, v := range oidcDetails() {
		details[k] = v
	}
	provider := of("ProviderName", "corp", "ProviderDetails", details, "AttributeMapping", object{"email": "mail", "username": "sub"}, "AcrMapping", object{"Level1": "one"}, "IdpIdentifiers", []any{"corp.example.com"})
	domain := of("Domain", "login.example.com", "CustomDomainConfig", object{"CertificateArn": certificate, "SecurityPolicy": "TLS_V1_2_2021"}, "ManagedLoginVersion", 2.0)
	routing := map[string]string{"Routing": "refused: there are no replicas"}
	mfa := of("MfaConfiguration", "ON", "EmailMfaConfiguration", object{"Message": "Code {####}", "Subject": "Code"}, "SoftwareTokenMfaConfiguration", object{"Enabled": true},
		"SmsMfaConfiguration", object{"SmsAuthenticationMessage": "SMS {####}", "SmsConfiguration": object{"ExternalId": "x", "SnsCallerArn": role, "SnsRegion": "us-east-1"}},
		"WebAuthnConfiguration", object{"FactorConfiguration": "SINGLE_FACTOR", "RelyingPartyId": "example.com", "UserVerification": "required"})
	attributes := []any{object{"Name": "email", "Value": "ann@example.com"}, object{"Name": "name", "Value": "Ann"}}
	terms := c.must("CreateTerms", of("ClientId", other, "Enforcement", "NONE", "Links", object{"cognito:default": "https://example.com/t"}, "TermsName", "privacy-policy", "TermsSource", "LINK"))["Terms"].(object)["TermsId"]
	style := c.must("CreateManagedLoginBranding", of("ClientId", other, "UseCognitoProvidedValues", true))["ManagedLoginBranding"].(object)["ManagedLoginBrandingId"]
	arn := c.must("DescribeUserPool", of())["UserPool"].(object)["Arn"]
	guarded := c.must("CreateUserPool", object{"PoolName": "guarded", "UserPoolAddOns": object{"AdvancedSecurityMode": "ENFORCED"}})["UserPool"].(object)["Id"]
	guardedClient := c.must("CreateUserPoolClient", object{"UserPoolId": guarded, "ClientName": "g"})["UserPoolClient"].(object)["ClientId"]
	bearer := accessTokenIn(c, plain)
	return []written{
		{"CreateUserPool", whole([]string{}, wholePool(), object{
			"AliasAttributes": []any{"email", "preferred_username"}, "UsernameConfiguration": object{"CaseSensitive": false},
			"Schema": []any{
				object{"Name": "email", "AttributeDataType": "String", "DeveloperOnlyAttribute": false, "Mutable": true, "Required": true, "StringAttributeConstraints": object{"MinLength": "3", "MaxLength": "99"}},
				object{"Name": "updated_at", "AttributeDataType": "Number", "Mutable": true, "NumberAttributeConstraints": object{"MinValue": "1", "MaxValue": "2"}},
			},
		}), "DescribeUserPool", nil, "UserPool", map[string]string{
			"PoolName → Name": "", "Schema → SchemaAttributes": "", "UsernameAttributes": "not together with AliasAttributes", "SmsConfiguration.EumsSms": notWithSNS,
		}},
		{"UpdateUserPool", whole(nil, wholePool(), of()), "DescribeUserPool", of(), "UserPool", map[string]string{"PoolName → Name": "", "UserPoolId → Id": "", "SmsConfiguration.EumsSms": notWithSNS}},
		{"SetUserPoolMfaConfig", mfa, "GetUserPoolMfaConfig", of(), "", map[string]string{"UserPoolId": "not in the answer", "SmsMfaConfiguration.SmsConfiguration.EumsSms": notWithSNS}},
		{"CreateUserPoolClient", whole(nil, wholeClient(), of("GenerateSecret", true)), "DescribeUserPoolClient", of(), "UserPoolClient", map[string]string{
			"AnalyticsConfiguration": "refused", "GenerateSecret": "the answer has the secret", "ClientSecret": "not together with GenerateSecret",
		}},
		{"UpdateUserPoolClient", whole(nil, wholeClient(), of("ClientId", client)), "DescribeUserPoolClient", of("ClientId", client), "UserPoolClient", map[string]string{"AnalyticsConfiguration": "refused"}},
		{"CreateGroup", of("GroupName", "g", "Description", "d", "Precedence", 0.0, "RoleArn", role), "GetGroup", of("GroupName", "g"), "Group", nil},
		{"UpdateGroup", of("GroupName", "g", "Description", "e", "Precedence", 1.0, "RoleArn", role+"2"), "GetGroup", of("GroupName", "g"), "Group", nil},
		{"CreateResourceServer", of("Identifier", "api", "Name", "n", "Scopes", scopes), "DescribeResourceServer", of("Identifier", "api"), "ResourceServer", nil},
		{"UpdateResourceServer", of("Identifier", "api", "Name", "m", "Scopes", scopes[:1]), "DescribeResourceServer", of("Identifier", "api"), "ResourceServer", nil},
		{"CreateIdentityProvider", whole(nil, provider, object{"ProviderType": "OIDC"}), "DescribeIdentityProvider", of("ProviderName", "corp"), "IdentityProvider", nil},
		{"UpdateIdentityProvider", whole(nil, provider, object{"AttributeMapping": object{"name": "n", "username": "sub"}}), "DescribeIdentityProvider", of("ProviderName", "corp"), "IdentityProvider", nil},
		{"CreateUserPoolDomain", domain, "DescribeUserPoolDomain", object{"Domain": "login.example.com"}, "DomainDescription", routing},
		{"UpdateUserPoolDomain", whole(nil, domain, object{"ManagedLoginVersion": 1.0}), "DescribeUserPoolDomain", object{"Domain": "login.example.com"}, "DomainDescription", routing},
		{"CreateManagedLoginBranding", of("ClientId", client, "Settings", object{"categories": object{"form": object{"displayGraphics": false}}}, "Assets", []any{object{"Bytes": image, "Category": "FORM_LOGO", "ColorMode": "DARK", "Extension": "PNG"}}),
			"DescribeManagedLoginBrandingByClient", of("ClientId", client), "ManagedLoginBranding", map[string]string{
				"ClientId": "not in the answer", "UseCognitoProvidedValues": "not together with Settings", "Assets.ResourceId": "an image that the service has",
			}},
		{"CreateTerms", of("ClientId", client, "Enforcement", "NONE", "Links", object{"cognito:default": "https://example.com/t"}, "TermsName", "terms-of-use", "TermsSource", "LINK"),
			"DescribeTermsByClient", of("ClientId", client, "TermsName", "terms-of-use"), "Terms", nil},
		{"SetUICustomization", of("ClientId", client, "CSS", ".label-customizable { color: red; }", "ImageFile", image), "GetUICustomization", of("ClientId", client), "UICustomization", map[string]string{"ImageFile": "the answer has its address"}},
		{"SetUserPoolSessionConfiguration", of("UserSessionTracking", "ENABLED", "TokenSession", object{"MaxPerUser": 7.0}), "GetUserPoolSessionConfiguration", of(), "", nil},
		{"SetUserPoolClientSessionConfiguration", of("ClientId", client, "SSOSession", object{"MaxValidityMinutes": 7.0}), "GetUserPoolClientSessionConfiguration", of("ClientId", client), "", nil},
		{"AdminCreateUser", of("UserPoolId", plain, "Username", "ann", "UserAttributes", attributes, "TemporaryPassword", gatetest.Password, "MessageAction", "SUPPRESS", "DesiredDeliveryMediums", []any{"EMAIL"}, "ForceAliasCreation", false,
			"ClientMetadata", object{"a": "b"}, "ValidationData", []any{object{"Name": "a", "Value": "b"}}), "AdminGetUser", of("UserPoolId", plain, "Username", "ann"), "", map[string]string{
			"UserPoolId": "not in the answer", "TemporaryPassword": "a secret", "MessageAction": "not stored", "DesiredDeliveryMediums": "not stored", "ForceAliasCreation": "not stored", "ClientMetadata": "not stored", "ValidationData": "not stored",
		}},
		{"AdminUpdateUserAttributes", of("UserPoolId", plain, "Username", "ann", "UserAttributes", attributes[1:], "ClientMetadata", object{"a": "b"}), "AdminGetUser", of("UserPoolId", plain, "Username", "ann"), "", map[string]string{"UserPoolId": "not in the answer", "ClientMetadata": "not stored"}},
		{"SetRiskConfiguration", whole(nil, of("UserPoolId", guarded), wholeRisk()), "DescribeRiskConfiguration", object{"UserPoolId": guarded}, "RiskConfiguration", map[string]string{"ClientId": "in the next row"}},
		{"SetRiskConfiguration", whole(nil, of("UserPoolId", guarded, "ClientId", guardedClient), wholeRisk()), "DescribeRiskConfiguration", object{"UserPoolId": guarded, "ClientId": guardedClient}, "RiskConfiguration", nil},
		{"SetLogDeliveryConfiguration", of("LogConfigurations", []any{
			object{"EventSource": "userNotification", "LogLevel": "ERROR", "CloudWatchLogsConfiguration": object{"LogGroupArn": gatetest.LogGroup}},
			object{"EventSource": "userAuthEvents", "LogLevel": "INFO", "S3Configuration": object{"BucketArn": gatetest.LogBucket}},
		}), "GetLogDeliveryConfiguration", of(), "LogDeliveryConfiguration", map[string]string{"LogConfigurations.FirehoseConfiguration": "the configuration of the test has no stream"}},
		{"CreateUserImportJob", of("JobName", "j", "CloudWatchLogsRoleArn", role, "PasswordHashingAlgorithm", "ARGON2ID"), "DescribeUserImportJob", of(), "UserImportJob", nil},
		{"UpdateTerms", of("TermsId", terms, "Enforcement", "NONE", "Links", object{"cognito:default": "https://example.com/u", "cognito:english": "https://example.com/e"}, "TermsName", "terms-of-use", "TermsSource", "LINK"), "DescribeTerms", of("TermsId", terms), "Terms", nil},
		{"UpdateManagedLoginBranding", of("ManagedLoginBrandingId", style, "Settings", object{"categories": object{"form": object{"displayGraphics": false}}}, "Assets", []any{object{"Bytes": image, "Category": "FORM_LOGO", "ColorMode": "DARK", "Extension": "PNG"}}),
			"DescribeManagedLoginBranding", of("ManagedLoginBrandingId", style), "ManagedLoginBranding", map[string]string{"UseCognitoProvidedValues": "not together with Settings", "Assets.ResourceId": "an image that the service has"}},
		{"TagResource", object{"ResourceArn": arn, "Tags": object{"team": "blue", "empty": ""}}, "ListTagsForResource", object{"ResourceArn": arn}, "", map[string]string{"ResourceArn": "not in the answer"}},
		{"UpdateUserAttributes", object{"AccessToken": bearer, "UserAttributes": attributes[1:], "ClientMetadata": object{"a": "b"}}, "GetUser", object{"AccessToken": bearer}, "", map[string]string{"AccessToken": "not in the answer", "ClientMetadata": "not stored"}},
		{"UpdateProvisionedLimit", object{"LimitDefinition": limitOf("UserRead"), "RequestedLimitValue": 500.0}, "GetProvisionedLimit", object{"LimitDefinition": limitOf("UserRead")}, "Limit", map[string]string{"RequestedLimitValue → ProvisionedLimitValue": ""}},
	}
}

// wholeRisk is a risk configuration that sets all that it can be set to.
func wholeRisk() object {
	action := func(name string, notify bool) object { return object{"EventAction": name, "Notify": notify} }
	email := func(name string) object {
		return object{"Subject": name, "HtmlBody": "<p>" + name + "</p>", "TextBody": name + " text"}
	}
	return object{
		"CompromisedCredentialsRiskConfiguration": object{"EventFilter": []any{"SIGN_UP"}, "Actions": object{"EventAction": "NO_ACTION"}},
		"AccountTakeoverRiskConfiguration": object{
			"Actions": object{"LowAction": action("NO_ACTION", true), "MediumAction": action("MFA_IF_CONFIGURED", false), "HighAction": action("BLOCK", true)},
			"NotifyConfiguration": object{
				"SourceArn": "arn:aws:ses:us-east-1:000000000000:identity/example.com", "From": "a@example.com", "ReplyTo": "b@example.com",
				"BlockEmail": email("Blocked"), "MfaEmail": email("Factor"), "NoActionEmail": email("Noted"),
			},
		},
		"RiskExceptionConfiguration": object{"BlockedIPRangeList": []any{"192.0.2.0/24"}, "SkippedIPRangeList": []any{"198.51.100.7/32", "2001:db8::/32"}},
	}
}

// accessTokenIn signs a new user of a pool in.
func accessTokenIn(c *caller, pool any) any {
	client := c.must("CreateUserPoolClient", object{"UserPoolId": pool, "ClientName": "c", "ExplicitAuthFlows": []any{"ALLOW_USER_PASSWORD_AUTH"}})["UserPoolClient"].(object)["ClientId"]
	c.must("AdminCreateUser", object{"UserPoolId": pool, "Username": "bob", "MessageAction": "SUPPRESS"})
	c.must("AdminSetUserPassword", object{"UserPoolId": pool, "Username": "bob", "Password": gatetest.Password, "Permanent": true})
	signIn := object{"ClientId": client, "AuthFlow": "USER_PASSWORD_AUTH", "AuthParameters": object{"USERNAME": "bob", "PASSWORD": gatetest.Password}}
	return c.must("InitiateAuth", signIn)["AuthenticationResult"].(object)["AccessToken"]
}

// made says what names that which an operation made: the member of its answer, and
// what the operation that reads calls it.
var made = map[string][2]string{
	"CreateUserPool": {"Id", "UserPoolId"}, "CreateUserPoolClient": {"ClientId", "ClientId"}, "CreateUserImportJob": {"JobId", "JobId"},
}

// noRow has the operations that write and have no row in [writtenRows], with the
// reason.
var noRow = map[string]string{
	"AddCustomAttributes":          "the names get a prefix: the tour",
	"AddUserPoolClientSecret":      "a secret is not read again",
	"AdminAddUserToGroup":          "the members are the names of what exists",
	"AdminSetUserMFAPreference":    "AdminGetUser lists names of factors: the tour",
	"AdminSetUserPassword":         "a password is not read again",
	"AdminSetUserSettings":         "AdminGetUser lists names of factors: the tour",
	"AdminUpdateAuthEventFeedback": "the feedback is of an event: the tour",
	"AdminUpdateDeviceStatus":      "the status is an attribute of a device: the tour",
	"CreateUserPoolReplica":        "refused",
	"SetUserMFAPreference":         "GetUser lists names of factors: the tour",
	"SetUserSettings":              "GetUser lists names of factors: the tour",
	"UpdateAuthEventFeedback":      "the feedback is of an event: the tour",
	"UpdateDeviceStatus":           "the status is an attribute of a device: the tour",
	"UpdateUserPoolReplica":        "refused",
}

// Each operation whose name says that it writes has a row, or a reason.
func TestEveryOperationThatWritesIsRead(t *testing.T) {
	gt := gatetest.New(t)
	rows := writtenRows(&caller{gt, t, gt.Handler})
	writes := regexp.MustCompile(`^(Admin)?(Add|Create|Set|Tag|Update)[A-Z]`)
	for _, name := range cognitoapi.Offered() {
		hasRow := slices.ContainsFunc(rows, func(w written) bool { return w.operation == name })
		if writes.MatchString(name) && hasRow == (noRow[name] != "") {
			t.Errorf("%s: has a row: %t; reason for none: %q", name, hasRow, noRow[name])
		}
	}
}

// What an operation that writes was given is what the operation that reads answers:
// every member of the model.
func TestWhatWasWrittenIsRead(t *testing.T) {
	gt, m := gatetest.New(t), readModel(t)
	c := &caller{gt, t, gt.Handler}
	for _, row := range writtenRows(c) {
		for _, name := range m.membersIn(m.Operations[row.operation].Input, "") {
			if !slices.Contains(namesIn(row.in, ""), name) && !row.excuses(name) {
				t.Errorf("%s: the row does not set %s", row.operation, name)
			}
		}
		answer := c.must(row.operation, row.in)
		of := whole(nil, row.of)
		if names, ok := made[row.operation]; ok {
			of[names[1]] = answer[row.at].(object)[names[0]]
		}
		read := c.must(row.reads, of)
		if row.at != "" {
			read, _ = read[row.at].(object)
		}
		for _, name := range slices.Sorted(maps.Keys(row.in)) {
			if to := row.nameOf(name); to != "" && !covers(read[to], row.in[name]) {
				t.Errorf("%s: %s reads %s as %v, want %v", row.operation, row.reads, to, read[to], row.in[name])
			}
		}
	}
}

// excuses reports whether a row says why it does not set a member.
func (w *written) excuses(name string) bool {
	for part := name; ; {
		if _, ok := w.other[part]; ok {
			return true
		}
		if slices.ContainsFunc(cognitoapi.UnofferedMembers(), func(u cognitoapi.Unoffered) bool {
			return slices.Contains(u.Operations, w.operation) && slices.Contains(u.Members, part)
		}) {
			return true
		}
		i := strings.LastIndex(part, ".")
		if i < 0 {
			return false
		}
		part = part[:i]
	}
}

// nameOf returns what the answer calls a member, or "" if the two are not compared.
func (w *written) nameOf(name string) string {
	for key := range w.other {
		if from, to, ok := strings.Cut(key, " → "); ok && from == name {
			return to
		}
	}
	if _, skip := w.other[name]; skip {
		return ""
	}
	return name
}

// covers reports whether a value of an answer has everything that was written. The
// order of a list does not count.
func covers(got, want any) bool {
	switch want := want.(type) {
	case object:
		have, ok := got.(object)
		for key, v := range want {
			ok = ok && covers(have[key], v)
		}
		return ok
	case []any:
		have, _ := got.([]any)
		return !slices.ContainsFunc(want, func(w any) bool { return !slices.ContainsFunc(have, func(g any) bool { return covers(g, w) }) })
	}
	return reflect.DeepEqual(got, want)
}

// membersIn returns the paths of all members inside a shape, with dots.
func (m *model) membersIn(shapeName, path string) (all []string) {
	s := m.Shapes[shapeName]
	switch s.Type {
	case "list":
		return m.membersIn(s.Member.Shape, path)
	case "structure":
		for name, member := range s.Members {
			all = append(append(all, path+name), m.membersIn(member.Shape, path+name+".")...)
		}
	}
	return all
}

// namesIn returns the paths of all names in a JSON value, with dots.
func namesIn(v any, path string) (all []string) {
	switch v := v.(type) {
	case object:
		for name, inner := range v {
			all = append(append(all, path+name), namesIn(inner, path+name+".")...)
		}
	case []any:
		for _, inner := range v {
			all = append(all, namesIn(inner, path)...)
		}
	}
	return all
}

// Cognito: what a pool or client lists is a set.
func TestListsAreSets(t *testing.T) {
	gt := gatetest.New(t)
	c := &caller{gt, t, gt.Handler}
	twice := func(text string) []any { return []any{text, text} }
	pool := object{"AutoVerifiedAttributes": twice("email"), "AliasAttributes": twice("email"), "UserAttributeUpdateSettings": object{"AttributesRequireVerificationBeforeUpdate": twice("email")}}
	client := object{
		"UserPoolId": gt.Pool, "ClientName": "c", "ExplicitAuthFlows": twice("ALLOW_USER_SRP_AUTH"), "AllowedOAuthFlows": twice("code"), "AllowedOAuthScopes": twice("openid"), "CallbackURLs": twice("https://a.example.com/"),
		"LogoutURLs": twice("https://a.example.com/"), "SupportedIdentityProviders": twice("COGNITO"), "ReadAttributes": twice("email"), "WriteAttributes": twice("email"),
	}
	for _, got := range []struct{ sent, answer object }{
		{pool, c.must("CreateUserPool", whole(nil, pool, object{"PoolName": "p"}))["UserPool"].(object)},
		{object{"UsernameAttributes": twice("email")}, c.must("CreateUserPool", object{"PoolName": "p", "UsernameAttributes": twice("email")})["UserPool"].(object)},
		{client, c.must("CreateUserPoolClient", client)["UserPoolClient"].(object)},
	} {
		for name, sent := range got.sent {
			answer := got.answer[name]
			if inner, ok := answer.(object); ok {
				answer = inner["AttributesRequireVerificationBeforeUpdate"]
			}
			if list, ok := answer.([]any); ok && len(list) != 1 {
				t.Errorf("%s: sent %v, answered %v, want it once", name, sent, list)
			}
		}
	}
}

// A list that Terraform's file leaves out is sent as an empty one with the next
// change of a client. The client's users read, write and sign in as before.
func TestEmptyListsOfAClientAreAbsentOnes(t *testing.T) {
	gt := gatetest.New(t)
	client := gt.MustClient()
	gt.MustUser("alice")
	c := &caller{gt, t, gt.Handler}
	lists := object{"ExplicitAuthFlows": []any{}, "ReadAttributes": []any{}, "WriteAttributes": []any{}, "AllowedOAuthFlows": []any{}, "AllowedOAuthScopes": []any{}, "CallbackURLs": []any{}, "LogoutURLs": []any{}, "SupportedIdentityProviders": []any{}}
	updated := c.must("UpdateUserPoolClient", whole(nil, object{"UserPoolId": gt.Pool, "ClientId": client.ClientId}, lists))["UserPoolClient"].(object)
	for name := range lists {
		if got, ok := updated[name]; ok {
			t.Errorf("%s is answered as %v", name, got)
		}
	}
	out, err := gt.SRP(*client.ClientId, "alice", gatetest.Password)
	if err != nil {
		t.Fatal(err)
	}
	bearer := object{"AccessToken": out.AuthenticationResult.AccessToken}
	c.must("UpdateUserAttributes", whole(nil, bearer, object{"UserAttributes": []any{object{"Name": "name", "Value": "Alice"}}}))
	want := []any{object{"Name": "name", "Value": "Alice"}, object{"Name": "email", "Value": "alice@example.com"}}
	if got := c.must("GetUser", bearer)["UserAttributes"]; !covers(got, want) {
		t.Errorf("alice reads of herself %v, want %v", got, want)
	}
}

// Scripts, Amplify and CloudFormation change one member by sending back all that they
// read, times and ids included, as the SDKs of JavaScript let them. It stays as it was.
func TestWhatWasReadIsAnUpdate(t *testing.T) {
	gt := gatetest.New(t)
	c := &caller{gt, t, gt.Handler}
	fresh := object{"PoolName": "fresh"}
	made := whole(nil, wholePool(), object{"AliasAttributes": []any{"email"}, "UsernameConfiguration": object{"CaseSensitive": false}})
	for _, in := range []object{fresh, made} {
		of := object{"UserPoolId": c.must("CreateUserPool", in)["UserPool"].(object)["Id"]}
		sameAfter(c, "UserPool", of, object{"PoolName": in["PoolName"]})
	}
	for _, in := range []object{{"ClientName": "fresh"}, {"ClientName": "secret", "GenerateSecret": true}, whole(nil, wholeClient(), object{"GenerateSecret": true})} {
		in["UserPoolId"] = gt.Pool
		made := c.must("CreateUserPoolClient", in)["UserPoolClient"].(object)
		sameAfter(c, "UserPoolClient", object{"UserPoolId": gt.Pool, "ClientId": made["ClientId"]}, nil)
	}
}

// sameAfter sends what describes a thing as its update, and checks that the same
// describes it.
func sameAfter(c *caller, noun string, of, more object) {
	c.t.Helper()
	before := c.must("Describe"+noun, of)[noun].(object)
	c.must("Update"+noun, whole(nil, before, of, more))
	after := c.must("Describe"+noun, of)[noun].(object)
	for _, name := range slices.Sorted(maps.Keys(before)) {
		if !reflect.DeepEqual(before[name], after[name]) {
			c.t.Errorf("%s: %v, after an update with all that was read %v", name, before[name], after[name])
		}
	}
	if len(after) != len(before) {
		c.t.Errorf("%d members after an update with all that was read, %d before", len(after), len(before))
	}
}

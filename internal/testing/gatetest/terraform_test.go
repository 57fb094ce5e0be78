package gatetest_test

import (
	"encoding/base64"
	"maps"
	"slices"
	"strings"
	"testing"

	"gatehouse/internal/testing/gatetest"
	"gatehouse/internal/testing/gatetest/enginetest"
)

// Terraform's AWS provider compares what it reads with what a file says. If an
// argument that the file leaves out has a value, it plans to remove it, at each run
// again; but other arguments it takes over from what it read, and sends them again
// with each change. These are of the first kind.
var (
	poolArguments   = []string{"AliasAttributes", "AutoVerifiedAttributes", "DeviceConfiguration", "EmailMfaConfiguration", "LambdaConfig", "SmsAuthenticationMessage", "SoftwareTokenMfaConfiguration", "UserAttributeUpdateSettings", "UserPoolAddOns", "UserPoolTags", "UsernameAttributes", "UsernameConfiguration", "WebAuthnConfiguration"}
	clientArguments = []string{"AnalyticsConfiguration", "RefreshTokenRotation", "TokenValidityUnits"}
)

// mfaArguments are those that the provider sends with SetUserPoolMfaConfig.
var mfaArguments = []string{"EmailMfaConfiguration", "SoftwareTokenMfaConfiguration", "WebAuthnConfiguration"}

// terraformPool is a pool as the provider manages it.
type terraformPool struct {
	*caller
	id    any
	state object
}

// apply brings the pool to what a file says, and reads it.
func (p *terraformPool) apply(file object) {
	p.t.Helper()
	if p.id == nil {
		p.create(file)
	} else {
		p.update(file)
	}
	p.state = p.must("DescribeUserPool", object{"UserPoolId": p.id})["UserPool"].(object)
	maps.Copy(p.state, p.must("GetUserPoolMfaConfig", object{"UserPoolId": p.id}))
}

func (p *terraformPool) create(file object) {
	p.t.Helper()
	out := p.must("CreateUserPool", whole(append([]string{"MfaConfiguration"}, mfaArguments...), file))
	p.id = out["UserPool"].(object)["Id"]
	if modeOf(file) != "OFF" || file["WebAuthnConfiguration"] != nil {
		p.setMFA(file)
	}
}

func (p *terraformPool) update(file object) {
	p.t.Helper()
	p.setTags(file)
	p.setMFA(file)
	again := object{"UserPoolId": p.id, "MfaConfiguration": modeOf(file)}
	for _, name := range []string{"AccountRecoverySetting", "AdminCreateUserConfig", "DeletionProtection", "EmailConfiguration", "EmailVerificationMessage", "EmailVerificationSubject", "Policies", "SmsConfiguration", "SmsVerificationMessage", "UserPoolTier", "VerificationMessageTemplate"} {
		if v, ok := p.state[name]; ok {
			again[name] = v
		}
	}
	delete(again["AdminCreateUserConfig"].(object), "UnusedAccountValidityDays") // the provider knows the newer name alone
	p.must("UpdateUserPool", whole(append([]string{"Schema", "UsernameConfiguration", "AliasAttributes", "UsernameAttributes", "UserPoolTags"}, mfaArguments...), again, file))
}

// setTags brings the tags to what a file says. The provider never sends them with
// UpdateUserPool, which has to keep them.
func (p *terraformPool) setTags(file object) {
	p.t.Helper()
	said, _ := file["UserPoolTags"].(object)
	for name := range p.state["UserPoolTags"].(object) {
		if said[name] == nil {
			p.must("UntagResource", object{"ResourceArn": p.state["Arn"], "TagKeys": []any{name}})
		}
	}
	if len(said) > 0 {
		p.must("TagResource", object{"ResourceArn": p.state["Arn"], "Tags": said})
	}
}

func (p *terraformPool) setMFA(file object) {
	p.t.Helper()
	in := object{"UserPoolId": p.id, "MfaConfiguration": modeOf(file)}
	for _, name := range mfaArguments {
		if v, ok := file[name]; ok {
			in[name] = v
		}
	}
	if sms := file["SmsConfiguration"]; sms != nil && modeOf(file) != "OFF" {
		in["SmsMfaConfiguration"] = object{"SmsConfiguration": sms}
		if text, ok := file["SmsAuthenticationMessage"]; ok {
			in["SmsMfaConfiguration"].(object)["SmsAuthenticationMessage"] = text
		}
	}
	p.must("SetUserPoolMfaConfig", in)
}

func modeOf(file object) any {
	if mode, ok := file["MfaConfiguration"]; ok {
		return mode
	}
	return "OFF"
}

// wantNoPlan checks that the provider would plan nothing.
func wantNoPlan(t *testing.T, what string, file, state object, arguments []string) {
	t.Helper()
	for name, said := range file {
		if !covers(state[name], said) || slices.Contains(arguments, name) && name != "LambdaConfig" && !covers(said, state[name]) {
			t.Errorf("%s: %s reads as %v; the file says %v", what, name, state[name], said)
		}
	}
	for _, name := range arguments {
		if _, said := file[name]; !said && !isEmpty(state[name]) {
			t.Errorf("%s: %s reads as %v; the file does not say it", what, name, state[name])
		}
	}
}

// isEmpty reports whether a value of an answer says nothing.
func isEmpty(v any) bool {
	switch v := v.(type) {
	case object:
		return !slices.ContainsFunc(slices.Collect(maps.Values(v)), func(inner any) bool { return !isEmpty(inner) })
	case []any:
		return len(v) == 0
	}
	return v == nil || v == ""
}

// What the acceptance tests of the provider do to a pool.
func TestTerraformPool(t *testing.T) {
	gt := gatetest.New(t)
	arn := enginetest.FunctionARN
	sms := object{"ExternalId": "test", "SnsCallerArn": "arn:aws:iam::000000000000:role/sms"}
	ses := object{"EmailSendingAccount": "DEVELOPER", "From": "a@example.com", "ReplyToEmailAddress": "b@example.com", "SourceArn": "arn:aws:ses:us-east-1:000000000000:identity/example.com"}
	recovery := func(names ...string) object {
		var list []any
		for i, name := range names {
			list = append(list, object{"Name": name, "Priority": float64(i + 1)})
		}
		return object{"RecoveryMechanisms": list}
	}
	functions := object{"CreateAuthChallenge": arn + "f", "CustomMessage": arn + "f", "DefineAuthChallenge": arn + "f", "PostAuthentication": arn + "f", "PostConfirmation": arn + "f", "PreAuthentication": arn + "f", "PreSignUp": arn + "f", "PreTokenGeneration": arn + "f", "UserMigration": arn + "f", "VerifyAuthChallengeResponse": arn + "f"}
	pool := &terraformPool{caller: &caller{gt, t, gt.Handler}}
	for _, run := range []struct {
		what string
		file object
	}{
		{"name", object{}},
		{"deletion protection", object{"DeletionProtection": "ACTIVE"}},
		{"one recovery", object{"AccountRecoverySetting": recovery("verified_email")}},
		{"two recoveries", object{"AccountRecoverySetting": recovery("verified_email", "verified_phone_number")}},
		{"other recovery", object{"AccountRecoverySetting": recovery("verified_phone_number")}},
		{"invitation", object{"AdminCreateUserConfig": object{"AllowAdminCreateUserOnly": true, "InviteMessageTemplate": object{"EmailMessage": "Your username is {username} and temporary password is {####}. ", "EmailSubject": "FooBar {####}", "SMSMessage": "Your username is {username} and temporary password is {####}."}}}},
		{"devices", object{"DeviceConfiguration": object{"ChallengeRequiredOnNewDevice": true, "DeviceOnlyRememberedOnUserPrompt": false}}},
		{"other devices", object{"DeviceConfiguration": object{"ChallengeRequiredOnNewDevice": false, "DeviceOnlyRememberedOnUserPrompt": true}}},
		{"e-mail verification", object{"EmailVerificationSubject": "s", "EmailVerificationMessage": "m {####}"}},
		{"verification template", object{"VerificationMessageTemplate": object{"DefaultEmailOption": "CONFIRM_WITH_LINK", "EmailMessage": "Code {####}", "EmailMessageByLink": "{##Verify##}", "EmailSubject": "c", "EmailSubjectByLink": "l", "SmsMessage": "{####}"}}},
		{"no history", object{"Policies": object{"PasswordPolicy": object{"MinimumLength": 9.0, "RequireLowercase": false, "RequireNumbers": true, "RequireSymbols": false, "RequireUppercase": true, "TemporaryPasswordValidityDays": 14.0}, "SignInPolicy": object{"AllowedFirstAuthFactors": []any{"PASSWORD"}}}}},
		{"SMS text without SMS", object{"SmsAuthenticationMessage": "test {####}"}},
		{"SMS", object{"SmsConfiguration": sms}},
		{"MFA by SMS", object{"SmsConfiguration": sms, "MfaConfiguration": "ON"}},
		{"MFA by SMS with a text", object{"SmsConfiguration": sms, "MfaConfiguration": "OPTIONAL", "SmsAuthenticationMessage": "MFA {####}"}},
		{"TOTP disabled", object{"SmsConfiguration": sms, "MfaConfiguration": "ON", "SoftwareTokenMfaConfiguration": object{"Enabled": false}}},
		{"TOTP enabled", object{"SmsConfiguration": sms, "MfaConfiguration": "ON", "SoftwareTokenMfaConfiguration": object{"Enabled": true}}},
		{"TOTP alone", object{"MfaConfiguration": "ON", "SoftwareTokenMfaConfiguration": object{"Enabled": true}}},
		{"MFA off", object{}},
		{"e-mail MFA", object{"EmailConfiguration": ses, "MfaConfiguration": "ON", "EmailMfaConfiguration": object{}, "AccountRecoverySetting": recovery("verified_phone_number", "verified_email")}},
		{"e-mail MFA with texts", object{"EmailConfiguration": ses, "MfaConfiguration": "ON", "EmailMfaConfiguration": object{"Message": "m {####}", "Subject": "s"}}},
		{"passkeys", object{"WebAuthnConfiguration": object{"RelyingPartyId": "example.com", "UserVerification": "required", "FactorConfiguration": "SINGLE_FACTOR"}}},
		{"threat protection", object{"UserPoolAddOns": object{"AdvancedSecurityMode": "ENFORCED"}}},
		{"audit of custom flows", object{"UserPoolAddOns": object{"AdvancedSecurityMode": "AUDIT", "AdvancedSecurityAdditionalFlows": object{"CustomAuthMode": "AUDIT"}}}},
		{"threat protection off", object{"UserPoolAddOns": object{"AdvancedSecurityMode": "OFF"}}},
		{"functions", object{"LambdaConfig": functions}},
		{"senders", object{"LambdaConfig": object{"CustomEmailSender": object{"LambdaArn": arn + "e", "LambdaVersion": "V1_0"}, "CustomSMSSender": object{"LambdaArn": arn + "s", "LambdaVersion": "V1_0"}, "KMSKeyID": enginetest.CodeKey}}},
		{"pre-token V2", object{"LambdaConfig": object{"PreTokenGeneration": arn + "f", "PreTokenGenerationConfig": object{"LambdaArn": arn + "f", "LambdaVersion": "V2_0"}}}},
		{"verified before update", object{"AutoVerifiedAttributes": []any{"email"}, "UserAttributeUpdateSettings": object{"AttributesRequireVerificationBeforeUpdate": []any{"email"}}}},
		{"cleared with an empty list", object{"UserAttributeUpdateSettings": object{"AttributesRequireVerificationBeforeUpdate": []any{}}}},
		{"tags", object{"UserPoolTags": object{"a": "b", "c": "d"}}},
		{"tags and another change", object{"UserPoolTags": object{"a": "e"}, "DeletionProtection": "ACTIVE"}},
		{"name again", object{}},
	} {
		run.file["PoolName"] = "tf"
		pool.apply(run.file)
		wantNoPlan(t, run.what, whole([]string{"PoolName"}, run.file), pool.state, poolArguments)
	}
	// What a pool has that says nothing of itself, as the provider's tests find it.
	fresh := pool.must("CreateUserPool", object{"PoolName": "fresh"})["UserPool"].(object)
	for name, want := range (object{
		"AccountRecoverySetting": recovery("verified_email", "verified_phone_number"), "AdminCreateUserConfig": object{"AllowAdminCreateUserOnly": false}, "DeletionProtection": "INACTIVE",
		"EmailConfiguration": object{"EmailSendingAccount": "COGNITO_DEFAULT"}, "EstimatedNumberOfUsers": 0.0, "MfaConfiguration": "OFF", "UserPoolTier": "ESSENTIALS",
		"VerificationMessageTemplate": object{"DefaultEmailOption": "CONFIRM_WITH_CODE"},
		"Policies":                    object{"PasswordPolicy": object{"MinimumLength": 8.0, "RequireLowercase": true, "RequireNumbers": true, "RequireSymbols": true, "RequireUppercase": true, "TemporaryPasswordValidityDays": 7.0}, "SignInPolicy": object{"AllowedFirstAuthFactors": []any{"PASSWORD"}}},
	}) {
		if !covers(fresh[name], want) {
			t.Errorf("%s of a new pool reads as %v, want %v", name, fresh[name], want)
		}
	}
}

// The AWS SDK for Go leaves a member out whose value is false or 0 and cannot be nil. A
// block of a file then arrives without them, or empty, and has to read as it was said.
func TestTerraformLeavesFalseOut(t *testing.T) {
	gt := gatetest.New(t)
	pool := &terraformPool{caller: &caller{gt, t, gt.Handler}}
	sms := object{"ExternalId": "test", "SnsCallerArn": "arn:aws:iam::000000000000:role/sms"}
	for _, run := range []struct{ file, reads object }{
		{
			object{"AdminCreateUserConfig": object{"AllowAdminCreateUserOnly": true}, "DeviceConfiguration": object{"ChallengeRequiredOnNewDevice": true, "DeviceOnlyRememberedOnUserPrompt": true}},
			object{"AdminCreateUserConfig": object{"AllowAdminCreateUserOnly": true}},
		},
		{
			object{"AdminCreateUserConfig": object{}, "DeviceConfiguration": object{}, "Policies": object{"PasswordPolicy": object{"MinimumLength": 10.0, "PasswordHistorySize": 0.0}}},
			object{
				"AdminCreateUserConfig": object{"AllowAdminCreateUserOnly": false},
				"DeviceConfiguration":   object{"ChallengeRequiredOnNewDevice": false, "DeviceOnlyRememberedOnUserPrompt": false},
				"Policies": object{"PasswordPolicy": object{
					"MinimumLength": 10.0, "RequireLowercase": false, "RequireNumbers": false, "RequireSymbols": false, "RequireUppercase": false, "TemporaryPasswordValidityDays": 7.0,
				}},
			},
		},
		{
			object{"MfaConfiguration": "ON", "SmsConfiguration": sms, "SoftwareTokenMfaConfiguration": object{}},
			object{"MfaConfiguration": "ON", "SoftwareTokenMfaConfiguration": object{"Enabled": false}},
		},
	} {
		run.file["PoolName"] = "tf"
		pool.apply(run.file)
		for name, want := range run.reads {
			if !covers(pool.state[name], want) {
				t.Errorf("%v: %s reads as %v, want %v", run.file, name, pool.state[name], want)
			}
		}
	}
}

// Arguments that a pool gets when it is made, and keeps.
func TestTerraformPoolForGood(t *testing.T) {
	gt := gatetest.New(t)
	c := &caller{gt, t, gt.Handler}
	schema := []any{
		object{"AttributeDataType": "String", "DeveloperOnlyAttribute": false, "Mutable": false, "Name": "email", "Required": true, "StringAttributeConstraints": object{"MinLength": "5", "MaxLength": "10"}},
		object{"AttributeDataType": "Boolean", "DeveloperOnlyAttribute": true, "Mutable": false, "Name": "mybool", "Required": false},
		object{"AttributeDataType": "String", "DeveloperOnlyAttribute": false, "Mutable": true, "Name": "strattr", "Required": false},
		object{"AttributeDataType": "Number", "DeveloperOnlyAttribute": false, "Mutable": true, "Name": "numattr", "Required": false, "NumberAttributeConstraints": object{"MinValue": "2", "MaxValue": "6"}},
	}
	for what, file := range map[string]object{
		"aliases":             {"AliasAttributes": []any{"email", "preferred_username"}, "AutoVerifiedAttributes": []any{"email"}},
		"names are addresses": {"UsernameAttributes": []any{"email", "phone_number"}, "AutoVerifiedAttributes": []any{"email"}},
		"case counts":         {"UsernameConfiguration": object{"CaseSensitive": true}},
		"case does not count": {"UsernameConfiguration": object{"CaseSensitive": false}},
		"passkeys at once":    {"WebAuthnConfiguration": object{"RelyingPartyId": "example.com", "UserVerification": "preferred", "FactorConfiguration": "SINGLE_FACTOR"}},
		"TOTP at once":        {"MfaConfiguration": "ON", "SoftwareTokenMfaConfiguration": object{"Enabled": true}},
		"schema":              {"Schema": schema},
	} {
		pool := &terraformPool{caller: c}
		file["PoolName"] = "tf"
		for _, run := range []string{"made", "changed"} {
			pool.apply(file)
			wantNoPlan(t, what+" "+run, whole([]string{"PoolName", "Schema"}, file), pool.state, poolArguments)
		}
		if file["Schema"] != nil {
			wantAttributes(t, pool.state, schema)
		}
	}
}

// wantAttributes checks that a pool has attributes as they were declared, with their
// prefixes. The provider's file says string_attribute_constraints {} for an attribute
// without limits, which only an empty structure satisfies.
func wantAttributes(t *testing.T, pool object, declared []any) {
	t.Helper()
	read := object{}
	for _, a := range pool["SchemaAttributes"].([]any) {
		name := a.(object)["Name"].(string)
		read[strings.TrimPrefix(strings.TrimPrefix(name, "dev:"), "custom:")] = a
	}
	for _, d := range declared {
		want := whole([]string{"Name"}, d.(object))
		if want["AttributeDataType"] == "String" && want["StringAttributeConstraints"] == nil {
			want["StringAttributeConstraints"] = object{}
		}
		got, _ := read[d.(object)["Name"].(string)].(object)
		if got = whole([]string{"Name"}, got); !covers(got, want) || !covers(want, got) {
			t.Errorf("attribute %s reads as %v, want %v", d.(object)["Name"], got, want)
		}
	}
}

// The provider changes a client by sending all that it read of it. Lists that the
// file leaves out are empty lists then, and mean what they meant when they were
// absent; a required attribute stays writable.
func TestTerraformClient(t *testing.T) {
	gt := gatetest.New(t)
	c := &caller{gt, t, gt.Handler}
	pool := c.must("CreateUserPool", object{"PoolName": "tf", "Schema": []any{object{"Name": "email", "Required": true, "Mutable": true}}})["UserPool"].(object)["Id"]
	id, state := any(nil), object{}
	apply := func(file object) {
		t.Helper()
		if id == nil {
			state = c.must("CreateUserPoolClient", whole(nil, object{"UserPoolId": pool, "ClientName": "tf"}, file))["UserPoolClient"].(object)
			id = state["ClientId"]
		} else {
			c.must("UpdateUserPoolClient", whole(nil, terraformClientState(state), file))
		}
		state = c.must("DescribeUserPoolClient", object{"UserPoolId": pool, "ClientId": id})["UserPoolClient"].(object)
	}
	hours := object{"AccessToken": "hours", "IdToken": "hours", "RefreshToken": "days"}
	for _, run := range []struct {
		what string
		file object
	}{
		{"name", object{}},
		{"lifetimes without units", object{"AccessTokenValidity": 5.0, "IdTokenValidity": 5.0, "RefreshTokenValidity": 60.0}},
		{"other lifetimes", object{"AccessTokenValidity": 1.0, "IdTokenValidity": 1.0, "RefreshTokenValidity": 120.0}},
		{"units", object{"TokenValidityUnits": object{"AccessToken": "days", "IdToken": "hours", "RefreshToken": "days"}}},
		{"default units", object{"TokenValidityUnits": hours}},
		{"session", object{"AuthSessionValidity": 15.0}},
		{"no revocation", object{"EnableTokenRevocation": false}},
		{"all", object{
			"ExplicitAuthFlows": []any{"CUSTOM_AUTH_FLOW_ONLY", "USER_PASSWORD_AUTH", "ADMIN_NO_SRP_AUTH"}, "ReadAttributes": []any{"email"}, "WriteAttributes": []any{"email"}, "RefreshTokenValidity": 300.0,
			"AllowedOAuthFlows": []any{"code", "implicit"}, "AllowedOAuthFlowsUserPoolClient": true, "AllowedOAuthScopes": []any{"openid", "email", "phone", "aws.cognito.signin.user.admin", "profile"},
			"CallbackURLs": []any{"https://www.example.com/callback", "https://www.example.com/redirect"}, "DefaultRedirectURI": "https://www.example.com/redirect", "LogoutURLs": []any{"https://www.example.com/login"},
			"PreventUserExistenceErrors": "LEGACY", "SupportedIdentityProviders": []any{"COGNITO"},
		}},
		{"one of all", object{"RefreshTokenValidity": 299.0, "PreventUserExistenceErrors": "ENABLED"}},
		{"lists emptied", object{"ExplicitAuthFlows": []any{}, "ReadAttributes": []any{}, "WriteAttributes": []any{}, "AllowedOAuthFlows": []any{}, "AllowedOAuthFlowsUserPoolClient": false, "AllowedOAuthScopes": []any{}, "LogoutURLs": []any{}}},
		{"rotation", object{"RefreshTokenRotation": object{"Feature": "ENABLED", "RetryGracePeriodSeconds": 10.0}, "ExplicitAuthFlows": []any{"ALLOW_USER_SRP_AUTH"}}},
		{"name again", object{"ExplicitAuthFlows": []any{"ALLOW_USER_SRP_AUTH", "ALLOW_REFRESH_TOKEN_AUTH"}}},
	} {
		apply(run.file)
		if run.file["TokenValidityUnits"] == nil && covers(state["TokenValidityUnits"], hours) {
			delete(state, "TokenValidityUnits") // the provider leaves the default out
		}
		wantNoPlan(t, run.what, run.file, state, clientArguments)
	}
	for name, want := range (object{"AuthSessionValidity": 15.0, "EnableTokenRevocation": false, "EnablePropagateAdditionalUserContextData": false}) {
		if state[name] != want {
			t.Errorf("%s reads as %v, want what an earlier run said, %v", name, state[name], want)
		}
	}
}

// terraformClientState returns the request that leaves a client as it is: the blocks
// are of the file alone.
func terraformClientState(state object) object {
	again := whole(append([]string{"ClientSecret", "ClientType", "CreationDate", "LastModifiedDate"}, clientArguments...), state)
	for _, name := range []string{"AllowedOAuthFlows", "AllowedOAuthScopes", "CallbackURLs", "ExplicitAuthFlows", "LogoutURLs", "ReadAttributes", "SupportedIdentityProviders", "WriteAttributes"} {
		if again[name] == nil {
			again[name] = []any{}
		}
	}
	return again
}

// A SAML provider reads with what its metadata says. The provider of Terraform knows
// that of two details, and people write the rest into their files, where it must not
// be refused.
func TestTerraformSAML(t *testing.T) {
	gt := gatetest.New(t)
	c := &caller{gt, t, gt.Handler}
	of := object{"UserPoolId": gt.Pool, "ProviderName": "corp"}
	metadata := enginetest.SAMLMetadata(t, gt.Now().AddDate(1, 0, 0))
	file := object{"MetadataFile": metadata, "EncryptedResponses": "false"}
	c.must("CreateIdentityProvider", whole(nil, of, object{"ProviderType": "SAML", "ProviderDetails": file, "AttributeMapping": object{"email": "email"}}))
	read := func() object {
		t.Helper()
		return c.must("DescribeIdentityProvider", of)["IdentityProvider"].(object)["ProviderDetails"].(object)
	}
	details := read()
	want := whole(nil, file, object{"SSORedirectBindingURI": "https://saml.example.com/in", "SLORedirectBindingURI": "https://saml.example.com/out"})
	if got := whole([]string{"ActiveEncryptionCertificate"}, details); !covers(got, want) || len(got) != len(want) || isEmpty(details["ActiveEncryptionCertificate"]) {
		t.Errorf("details: %v", details)
	}
	want["EncryptedResponses"] = "true"
	c.must("UpdateIdentityProvider", whole(nil, of, object{"ProviderDetails": want})) // without the certificate, as the provider sends it
	if got := read(); !covers(got, want) || got["ActiveEncryptionCertificate"] != details["ActiveEncryptionCertificate"] {
		t.Errorf("details after an update: %v", got)
	}
	c.must("DeleteIdentityProvider", of)
	c.must("CreateIdentityProvider", whole(nil, of, object{"ProviderType": "SAML", "ProviderDetails": details}))
}

// managed is a resource that Terraform makes, reads, changes and removes.
type managed struct {
	what    string
	make    call
	read    call
	at      string // the member of the answer that has it; "": the answer itself
	change  []call
	remove  call
	again   string // the exception if it is removed again; "": none
	gone    string // the exception if it is read after that; "": nothing is left in the answer
	exactly []string
}

type call struct {
	operation string
	in        object
}

// What the other resources of the provider do: what was sent is read, with nothing
// beside it that the file does not say, and what was removed is not found.
func TestTerraformResources(t *testing.T) {
	gt := gatetest.New(t)
	c := &caller{gt, t, gt.Handler}
	pool := c.must("CreateUserPool", object{"PoolName": "tf", "UserPoolAddOns": object{"AdvancedSecurityMode": "ENFORCED"}})["UserPool"].(object)["Id"]
	of := func(more object) object { return whole(nil, object{"UserPoolId": pool}, more) }
	client := c.must("CreateUserPoolClient", of(object{"ClientName": "c"}))["UserPoolClient"].(object)["ClientId"]
	branded := of(object{"ManagedLoginBrandingId": c.must("CreateManagedLoginBranding", of(object{"ClientId": client, "UseCognitoProvidedValues": true}))["ManagedLoginBranding"].(object)["ManagedLoginBrandingId"]})
	image := object{"Bytes": base64.StdEncoding.EncodeToString(logo(t)), "Category": "FORM_LOGO", "ColorMode": "DARK", "Extension": "PNG"}
	style := object{"categories": object{"form": object{"displayGraphics": false, "location": object{"horizontal": "CENTER", "vertical": "CENTER"}}}}
	google := object{"client_id": "id", "client_secret": "s", "authorize_scopes": "email", "attributes_url": "https://people.googleapis.com/v1/people/me?personFields=", "attributes_url_add_attributes": "true", "authorize_url": "https://accounts.google.com/o/oauth2/v2/auth", "oidc_issuer": "https://accounts.google.com", "token_request_method": "POST", "token_url": "https://www.googleapis.com/oauth2/v4/token"}
	email := func(name string) object {
		return object{"HtmlBody": "<p>" + name + "</p>", "Subject": name + " subject", "TextBody": name + " e-mail"}
	}
	takeover := object{"Actions": object{"HighAction": object{"EventAction": "MFA_REQUIRED", "Notify": true}}, "NotifyConfiguration": object{"BlockEmail": email("block"), "MfaEmail": email("mfa"), "NoActionEmail": email("none"), "From": "a@example.com", "ReplyTo": "b@example.com", "SourceArn": "arn:aws:ses:us-east-1:000000000000:identity/example.com"}}
	group, user, member := of(object{"GroupName": "g"}), of(object{"Username": "ann"}), of(object{"Username": "ann", "GroupName": "members"})
	c.must("CreateGroup", of(object{"GroupName": "members"}))
	c.must("CreateUserPoolDomain", of(object{"Domain": "tf-domain"}))
	for _, m := range []managed{
		{what: "group", make: call{"CreateGroup", group}, read: call{"GetGroup", group}, at: "Group", exactly: []string{"Description", "Precedence", "RoleArn"},
			change: []call{{"UpdateGroup", whole(nil, group, object{"Description": "d", "Precedence": 42.0, "RoleArn": "arn:aws:iam::000000000000:role/r"})}, {"UpdateGroup", whole(nil, group, object{"Description": "", "Precedence": 0.0})}},
			remove: call{"DeleteGroup", group}, again: "ResourceNotFoundException", gone: "ResourceNotFoundException"},
		{what: "resource server", make: call{"CreateResourceServer", of(object{"Identifier": "https://api.example.com", "Name": "n"})}, read: call{"DescribeResourceServer", of(object{"Identifier": "https://api.example.com"})}, at: "ResourceServer", exactly: []string{"Scopes"},
			change: []call{{"UpdateResourceServer", of(object{"Identifier": "https://api.example.com", "Name": "m", "Scopes": []any{object{"ScopeName": "s", "ScopeDescription": "d"}}})}},
			remove: call{"DeleteResourceServer", of(object{"Identifier": "https://api.example.com"})}, again: "ResourceNotFoundException", gone: "ResourceNotFoundException"},
		{what: "identity provider", make: call{"CreateIdentityProvider", of(object{"ProviderName": "Google", "ProviderType": "Google", "ProviderDetails": google})}, read: call{"DescribeIdentityProvider", of(object{"ProviderName": "Google"})}, at: "IdentityProvider", exactly: []string{"ProviderDetails", "IdpIdentifiers"},
			change: []call{{"UpdateIdentityProvider", of(object{"ProviderName": "Google", "ProviderDetails": whole(nil, google, object{"client_id": "id2"})})}, {"UpdateIdentityProvider", of(object{"ProviderName": "Google", "AttributeMapping": object{"email": "email", "username": "sub"}})}, {"UpdateIdentityProvider", of(object{"ProviderName": "Google", "IdpIdentifiers": []any{"test"}})}},
			remove: call{"DeleteIdentityProvider", of(object{"ProviderName": "Google"})}, again: "ResourceNotFoundException", gone: "ResourceNotFoundException"},
		{what: "UI customization", make: call{"SetUICustomization", of(object{"ClientId": "ALL", "CSS": ".label-customizable {font-weight: 400;}"})}, read: call{"GetUICustomization", of(object{"ClientId": "ALL"})}, at: "UICustomization", exactly: []string{"CSS", "ImageUrl"},
			change: []call{{"SetUICustomization", of(object{"ClientId": "ALL", "CSS": ".label-customizable {font-weight: 100;}"})}},
			remove: call{"SetUICustomization", of(object{"ClientId": "ALL"})}},
		{what: "domain", make: call{"DescribeUserPoolDomain", object{"Domain": "tf-domain"}}, read: call{"DescribeUserPoolDomain", object{"Domain": "tf-domain"}}, at: "DomainDescription", exactly: []string{"CustomDomainConfig"},
			change: []call{{"UpdateUserPoolDomain", of(object{"Domain": "tf-domain", "ManagedLoginVersion": 2.0})}},
			remove: call{"DeleteUserPoolDomain", of(object{"Domain": "tf-domain"})}, again: "InvalidParameterException"},
		{what: "risk configuration", make: call{"SetRiskConfiguration", of(object{"RiskExceptionConfiguration": object{"BlockedIPRangeList": []any{"10.10.10.10/32"}}})}, read: call{"DescribeRiskConfiguration", of(object{})}, at: "RiskConfiguration", exactly: []string{"AccountTakeoverRiskConfiguration", "CompromisedCredentialsRiskConfiguration", "RiskExceptionConfiguration"},
			change: []call{{"SetRiskConfiguration", of(object{"RiskExceptionConfiguration": object{"BlockedIPRangeList": []any{"10.10.10.10/32", "10.10.10.11/32"}, "SkippedIPRangeList": []any{"10.10.10.12/32"}}})},
				{"SetRiskConfiguration", of(object{"CompromisedCredentialsRiskConfiguration": object{"EventFilter": []any{"SIGN_IN"}, "Actions": object{"EventAction": "NO_ACTION"}}})},
				{"SetRiskConfiguration", of(object{"AccountTakeoverRiskConfiguration": takeover})}},
			remove: call{"SetRiskConfiguration", of(object{})}},
		{what: "log delivery", make: call{"SetLogDeliveryConfiguration", of(object{"LogConfigurations": []any{object{"EventSource": "userNotification", "LogLevel": "ERROR", "CloudWatchLogsConfiguration": object{"LogGroupArn": gatetest.LogGroup}}}})}, read: call{"GetLogDeliveryConfiguration", of(object{})}, at: "LogDeliveryConfiguration", exactly: []string{"LogConfigurations"},
			change: []call{{"SetLogDeliveryConfiguration", of(object{"LogConfigurations": []any{object{"EventSource": "userAuthEvents", "LogLevel": "INFO", "S3Configuration": object{"BucketArn": gatetest.LogBucket}}}})}},
			remove: call{"SetLogDeliveryConfiguration", of(object{"LogConfigurations": []any{}})}},
		{what: "branding", make: call{"DescribeManagedLoginBranding", branded}, read: call{"DescribeManagedLoginBranding", branded}, at: "ManagedLoginBranding", exactly: []string{"Assets", "Settings"},
			change: []call{{"UpdateManagedLoginBranding", whole(nil, branded, object{"UseCognitoProvidedValues": false, "Settings": style, "Assets": []any{image}})},
				{"UpdateManagedLoginBranding", whole(nil, branded, object{"UseCognitoProvidedValues": true})}},
			remove: call{"DeleteManagedLoginBranding", branded}, again: "ResourceNotFoundException", gone: "ResourceNotFoundException"},
		{what: "user", make: call{"AdminCreateUser", whole(nil, user, object{"MessageAction": "SUPPRESS"})}, read: call{"AdminGetUser", user},
			change: []call{{"AdminAddUserToGroup", member}, {"AdminRemoveUserFromGroup", member}}, remove: call{"AdminDeleteUser", user}, again: "UserNotFoundException", gone: "UserNotFoundException"},
		{what: "client", make: call{"DescribeUserPoolClient", of(object{"ClientId": client})}, read: call{"DescribeUserPoolClient", of(object{"ClientId": client})}, at: "UserPoolClient",
			remove: call{"DeleteUserPoolClient", of(object{"ClientId": client})}, again: "ResourceNotFoundException", gone: "ResourceNotFoundException"},
	} {
		m.run(c)
	}
	pools := managed{what: "pool", make: call{"DescribeUserPool", of(nil)}, read: call{"DescribeUserPool", of(nil)}, at: "UserPool", remove: call{"DeleteUserPool", of(nil)}, again: "ResourceNotFoundException", gone: "ResourceNotFoundException"}
	pools.run(c)
	for _, read := range []call{{"GetGroup", group}, {"DescribeResourceServer", of(object{"Identifier": "a"})}, {"DescribeIdentityProvider", of(object{"ProviderName": "Google"})}, {"GetUICustomization", of(nil)}, {"DescribeRiskConfiguration", of(nil)}, {"GetLogDeliveryConfiguration", of(nil)}, {"DescribeManagedLoginBranding", branded}, {"AdminGetUser", user}, {"DescribeUserPoolClient", of(object{"ClientId": client})}, {"GetUserPoolMfaConfig", of(nil)}} {
		c.wantRefused(read, "ResourceNotFoundException")
	}
}

// A user has the attributes that the file says and a sub, and is as it says.
func TestTerraformUser(t *testing.T) {
	gt := gatetest.New(t)
	c := &caller{gt, t, gt.Handler}
	user := object{"UserPoolId": gt.Pool, "Username": "ann"}
	attribute := func(name, value string) object { return object{"Name": name, "Value": value} }
	for _, run := range []struct {
		do     call
		has    []any
		status string
		off    bool
	}{
		{do: call{"AdminCreateUser", object{"ForceAliasCreation": false, "MessageAction": "SUPPRESS", "UserAttributes": []any{attribute("email", "ann@example.com")}}}, has: []any{attribute("email", "ann@example.com")}, status: "FORCE_CHANGE_PASSWORD"},
		{do: call{"AdminDisableUser", nil}, has: []any{attribute("email", "ann@example.com")}, status: "FORCE_CHANGE_PASSWORD", off: true},
		{do: call{"AdminSetUserPassword", object{"Password": gatetest.Password, "Permanent": true}}, has: []any{attribute("email", "ann@example.com")}, status: "CONFIRMED", off: true},
		{do: call{"AdminEnableUser", nil}, has: []any{attribute("email", "ann@example.com")}, status: "CONFIRMED"},
		{do: call{"AdminUpdateUserAttributes", object{"UserAttributes": []any{attribute("email", "b@example.com"), attribute("email_verified", "true"), attribute("name", "Ann")}}}, has: []any{attribute("email", "b@example.com"), attribute("email_verified", "true"), attribute("name", "Ann")}, status: "CONFIRMED"},
		{do: call{"AdminDeleteUserAttributes", object{"UserAttributeNames": []any{"name"}}}, has: []any{attribute("email", "b@example.com"), attribute("email_verified", "true")}, status: "CONFIRMED"},
		{do: call{"AdminSetUserPassword", object{"Password": gatetest.Password, "Permanent": false}}, has: []any{attribute("email", "b@example.com"), attribute("email_verified", "true")}, status: "FORCE_CHANGE_PASSWORD"},
	} {
		c.must(run.do.operation, whole(nil, user, run.do.in))
		read := c.must("AdminGetUser", user)
		has := read["UserAttributes"].([]any)
		if !covers(has, run.has) || len(has) != len(run.has)+1 || read["UserStatus"] != run.status || read["Enabled"] == run.off || !isEmpty(read["PreferredMfaSetting"]) || !isEmpty(read["UserMFASettingList"]) {
			t.Errorf("%s: %v", run.do.operation, read)
		}
	}
}

func (m *managed) run(c *caller) {
	c.t.Helper()
	c.must(m.make.operation, m.make.in)
	file := m.make.in
	m.wantRead(c, file)
	for _, change := range m.change {
		c.must(change.operation, change.in)
		if file = whole(nil, file, change.in); strings.HasPrefix(change.operation, "Set") || change.operation == "UpdateManagedLoginBranding" {
			file = change.in // it replaces all
		}
		m.wantRead(c, file)
	}
	c.must(m.remove.operation, m.remove.in)
	if m.again != "" {
		c.wantRefused(m.remove, m.again)
	}
	if m.gone != "" {
		c.wantRefused(m.read, m.gone)
		return
	}
	m.wantRead(c, m.remove.in)
}

// wantRead checks that the resource reads as a file says it.
func (m *managed) wantRead(c *caller, file object) {
	c.t.Helper()
	read := c.must(m.read.operation, m.read.in)
	if m.at != "" {
		read, _ = read[m.at].(object)
	}
	for _, name := range m.exactly {
		said := file[name]
		if isEmpty(said) != isEmpty(read[name]) && said != 0.0 || !isEmpty(said) && (!covers(read[name], said) || !covers(said, read[name])) {
			c.t.Errorf("%s: %s reads as %v; the file says %v", m.what, name, read[name], said)
		}
	}
}

// wantRefused checks the exception of a call.
func (c *caller) wantRefused(refused call, exception string) {
	c.t.Helper()
	if w := c.call(refused.operation, refused.in); !strings.Contains(w.Body.String(), `"`+exception+`"`) {
		c.t.Errorf("%s %v: %d %s, want %s", refused.operation, refused.in, w.Code, w.Body, exception)
	}
}

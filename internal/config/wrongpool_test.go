package config_test

import (
	"strings"
	"testing"
)

func TestDirectoriesThatAreWrong(t *testing.T) {
	const head = "directory:\n  url: https://id.example.com\n"
	checkAll(t, []wrong{
		{"no URL", "directory:\n  region: us-east-1\n", nil,
			"directory.url: missing (config.yaml:1); write the public URL of the API endpoint"},
		{"a host of others", "directory:\n  url: https://id.example.com:8443\nauthenticate_service_url: https://ID.example.com\naccess:\n  team_domain: id.example.com\nroutes:\n  - {from: https://id.example.com, response: {status: 200}, allow_public_unauthenticated_access: true}\n", nil,
			`authenticate_service_url: has the host of directory.url (config.yaml:3); that host serves only the directory: use another host
access.team_domain: has the host of directory.url (config.yaml:5); that host serves only the directory: use another host
routes[0].from: has the host of directory.url (config.yaml:7); that host serves only the directory: use another host`},
		{"a route on hosts that sign people in", strings.Join([]string{
			"directory:", "  url: https://id.example.com", "  domain_suffix: auth.example.com", "  pools:",
			"    - {id: us-east-1_A, name: a, domain: staff}", "    - {id: us-east-1_B, name: b, domain: login.example.com}",
			"access: {team_domain: team.example.com}", "policy:",
			"  - {from: 'https://ID.example.com:8443', prefix: /x, response: {status: 200}, allow_public_unauthenticated_access: true}",
			"  - {from: 'https://staff.auth.example.com.', response: {status: 200}, allow_public_unauthenticated_access: true}",
			"  - {from: 'https://LOGIN.example.com', regex: '/x', response: {status: 200}, allow_public_unauthenticated_access: true}",
			"  - {from: 'https://team.example.com', path: /x, response: {status: 200}, allow_public_unauthenticated_access: true}", ""}, "\n"), nil, `
policy[0].from: has the host of directory.url (config.yaml:9); that host serves only the directory: use another host
policy[1].from: has the host of directory.pools[0].domain (config.yaml:10); that host serves only the sign-in pages of that pool: use another host
policy[2].from: has the host of directory.pools[1].domain (config.yaml:11); that host serves only the sign-in pages of that pool: use another host
policy[3].from: has the host of access.team_domain (config.yaml:12); that host serves only Access: use another host`},
		{"domains on hosts of others", strings.Join([]string{
			"authenticate_service_url: https://sso.auth.example.com", "access: {team_domain: team.auth.example.com}", "directory:", "  url: https://id.auth.example.com", "  domain_suffix: auth.example.com", "  pools:",
			"    - {id: us-east-1_A, name: a, domain: sso}", "    - {id: us-east-1_B, name: b, domain: team}", "    - {id: us-east-1_C, name: c, domain: id}",
			"    - {id: us-east-1_D, name: d, domain: staff.AUTH.example.com}", ""}, "\n"), nil, `
directory.pools[0].domain: has the host of authenticate_service_url (config.yaml:7); that host serves only sign-in: use another host
directory.pools[1].domain: has the host of access.team_domain (config.yaml:8); that host serves only Access: use another host
directory.pools[2].domain: has the host of directory.url (config.yaml:9); that host serves only the directory: use another host
directory.pools[3].domain: "staff.AUTH.example.com" is not a host name outside directory.domain_suffix (config.yaml:10); write a prefix for a name under it: staff`},
		{"a route on the team domain that is the authenticate host too",
			"authenticate_service_url: https://team.example.com\naccess: {team_domain: team.example.com}\nroutes:\n  - {from: https://team.example.com, response: {status: 200}, allow_public_unauthenticated_access: true}\n", nil,
			"routes[0].from: has the host of access.team_domain (config.yaml:4); that host serves only Access: use another host"},
		{"plain http", "directory:\n  url: http://id.example.com\n", nil,
			`directory.url: "http://id.example.com" is not an https URL (config.yaml:2); plain http is allowed for localhost only, because others could read sign-in secrets on the way: write https://id.example.com`},
		{"a last slash", "directory:\n  url: https://id.example.com/a/\n", nil,
			`directory.url: "https://id.example.com/a/" is not a URL that issuers can begin with (config.yaml:2); remove the query, the fragment and the last slash`},
		{"further hosts", head + "  domain_suffix: auth.example.com\n  hosts:\n    - https://id.corp\n    - id.corp:9229\n    - '[::1]'\n    - staff.auth.example.com\n    - ID.corp\n    - id.corp\n    - wiki.example.com\n    - '::1'\n    - my_app\nroutes:\n  - {from: https://wiki.example.com, response: {status: 200}, allow_public_unauthenticated_access: true}\n", nil, `
directory.hosts[0]: "https://id.corp" is not a host name (config.yaml:5); did you mean "id.corp"?
directory.hosts[1]: "id.corp:9229" is not a host name (config.yaml:6)
directory.hosts[2]: "[::1]" is not a host name (config.yaml:7)
directory.hosts[3]: "staff.auth.example.com" is not outside directory.domain_suffix (config.yaml:8); the names under the suffix belong to pools
directory.hosts[5]: has the host of directory.hosts[4] (config.yaml:10); that host serves only the directory: use another host
routes[0].from: has the host of directory.hosts[6] (config.yaml:15); that host serves only the directory: use another host`},
		{"region and account", head + "  region: us-east\n  account_id: 12\n", nil, `
directory.region: "us-east" is not the name of a region (config.yaml:3); for example us-east-1
directory.account_id: "12" is not 12 digits (config.yaml:4)`},
		{"a required attribute twice", head + "  pools: [{id: us-east-1_A, name: a, required_attributes: [email, name, email]}]\n", nil, `
directory.pools[0].required_attributes[2]: "email" is already used at directory.pools[0].required_attributes[0] (config.yaml:3)`},
		{"too many recovery codes", head + "  pools: [{id: us-east-1_A, name: a, recovery_codes: 21}]\n", nil, `
directory.pools[0].recovery_codes: "21" is not a number from 0 to 20 (config.yaml:3)`},
		{"settings of a pool", head + `  functions: [{arn: 'arn:aws:lambda:us-east-1:000000000000:function:f', webhook_url: 'https://hooks.example.com', secret: 0123456789abcdef0123456789abcdef}]
  pools:
    - id: us-east-1_A
      name: a
      mfa: {configuration: MAYBE, factors: [SMS_MFA, PIGEON]}
      allowed_first_auth_factors: [PIN]
      web_authn: {relying_party_id: Example.com, user_verification: never}
      password_policy: {minimum_length: 5, temporary_password_validity_days: 0, password_history_size: 25}
      account_recovery: [verified_email, admin_only]
      advanced_security_mode: FULL
      lambda_config: {pre_sign_up: 'arn:aws:lambda:us-east-1:000000000000:function:g', custom_message: nonsense, custom_email_sender: 'arn:aws:lambda:us-east-1:000000000000:function:f'}
      messages: {verification: {email_message: hello}, invitation: {sms_message: '{####}'}}
      custom_attributes: [{name: team}, {name: team}, {name: 'custom:floor'}, {name: age, type: Int}, {name: a, min_value: 1}, {name: b, type: Number, max_length: 3}, {name: c, min_length: 4, max_length: 3}, {name: d, max_length: 2049}, {name: e, type: Number, min_value: x}]
      acr_configuration: {level1: 'a b', level3: 'urn:cognito:loa:2'}
      required_attributes: [email, sub]
      passwords: {}
      clients:
        - {id: a, token_validity: {access_token: 1m, refresh_token: 30m, auth_session: 90s}}
        - {id: b, token_validity: {id_token: 5h, refresh_token: 2h}}
`, nil, `
directory.sms: missing (config.yaml:1); directory.pools[0].mfa.factors has SMS_MFA
directory.pools[0].mfa.configuration: "MAYBE" is not one of OFF, OPTIONAL, ON (config.yaml:7)
directory.pools[0].mfa.factors[1]: "PIGEON" is not one of SOFTWARE_TOKEN_MFA, EMAIL_OTP, SMS_MFA (config.yaml:7)
directory.pools[0].allowed_first_auth_factors[0]: "PIN" is not one of PASSWORD, EMAIL_OTP, SMS_OTP, WEB_AUTHN (config.yaml:8)
directory.pools[0].web_authn.user_verification: "never" is not one of preferred, required (config.yaml:9)
directory.pools[0].web_authn.relying_party_id: "Example.com" is not a host name in lower case (config.yaml:9)
directory.pools[0].password_policy.minimum_length: "5" is not a number from 6 to 99 (config.yaml:10)
directory.pools[0].password_policy.temporary_password_validity_days: "0" is not a number from 1 to 365 (config.yaml:10)
directory.pools[0].password_policy.password_history_size: "25" is not a number from 0 to 24 (config.yaml:10)
directory.pools[0].account_recovery[1]: "admin_only" is not a way beside others (config.yaml:11); write it alone
directory.pools[0].advanced_security_mode: "FULL" is not one of OFF, AUDIT, ENFORCED (config.yaml:12)
directory.pools[0].lambda_config.custom_message: "nonsense" is not the ARN of a Lambda function (config.yaml:13); for example arn:aws:lambda:us-east-1:000000000000:function:pre-token
directory.pools[0].lambda_config.pre_sign_up: "arn:aws:lambda:us-east-1:000000000000:function:g" is not the ARN of one of directory.functions (config.yaml:13); say there where it runs
directory.pools[0].lambda_config.kms_key_id: missing (config.yaml:13); the senders get codes under it: write an ARN, for example arn:aws:kms:us-east-1:000000000000:key/codes
directory.pools[0].messages.verification.email_message: the message is not a message with {####} (config.yaml:14)
directory.pools[0].messages.invitation.sms_message: the message is not a message with {username} and {####} (config.yaml:14)
directory.pools[0].custom_attributes[3].type: "Int" is not one of String, Number, DateTime, Boolean (config.yaml:15)
directory.pools[0].custom_attributes[1].name: "team" is already used at directory.pools[0].custom_attributes[0].name (config.yaml:15)
directory.pools[0].custom_attributes[2].name: "custom:floor" is not the name of an attribute (config.yaml:15); use 1 to 20 characters and no spaces, without the prefix custom:
directory.pools[0].custom_attributes[4].min_value: "1" is not a constraint of the type String (config.yaml:15); it is one of the type Number
directory.pools[0].custom_attributes[5].max_length: "3" is not a constraint of the type Number (config.yaml:15); it is one of the type String
directory.pools[0].custom_attributes[6].max_length: "3" is not at least min_length (config.yaml:15)
directory.pools[0].custom_attributes[7].max_length: "2049" is not a whole number from 0 to 2048 (config.yaml:15)
directory.pools[0].custom_attributes[8].min_value: "x" is not a whole number from -9223372036854775808 to 9223372036854775807 (config.yaml:15)
directory.pools[0].acr_configuration.level1: "a b" is not the name of a level (config.yaml:16); use 1 to 64 characters without spaces, " and \
directory.pools[0].acr_configuration.level3: "urn:cognito:loa:2" is already used at directory.pools[0].acr_configuration.level2 (config.yaml:16)
directory.pools[0].required_attributes[1]: "sub" is not one of name, given_name, family_name, middle_name, nickname, preferred_username, profile, picture, website, email, gender, birthdate, zoneinfo, locale, phone_number, address, updated_at (config.yaml:17)
directory.pools[0].passwords: unknown key (config.yaml:18)
directory.pools[0].clients[0].token_validity.access_token: "1m0s" is not a whole number of seconds from 5m0s to 24h0m0s (config.yaml:20)
directory.pools[0].clients[0].token_validity.refresh_token: "30m0s" is not a whole number of seconds from 1h0m0s to 87600h0m0s (config.yaml:20)
directory.pools[0].clients[0].token_validity.auth_session: "1m30s" is not a whole number of minutes from 3m0s to 15m0s (config.yaml:20)
directory.pools[0].clients[1].token_validity.refresh_token: "2h0m0s" is not as long as the other tokens (config.yaml:21); write at least 5h0m0s`},
		{"notices without e-mail", head + "  factor_notices: true\n", nil, `
directory.smtp: missing (config.yaml:1); directory.factor_notices needs it, or directory.ses`},
		{"two senders of e-mail", head + "  smtp: {host: mail.example.com, from: a@example.com}\n  ses: {region: us-east-1, access_key_id: A, secret_access_key: B, from: a@example.com}\n", nil, `
directory.ses: a second sender of e-mail is not allowed (config.yaml:4); take out directory.smtp or directory.ses`},
		{"Amazon SES", head + "  ses: {region: x, endpoint: 'http://ses.example.com', from: nobody}\n", noInstance, `
directory.ses.region: "x" is not the name of a region (config.yaml:3); for example us-east-1
directory.ses.endpoint: "http://ses.example.com" is not an https URL (config.yaml:3); plain http is allowed for localhost only, because others could read sign-in secrets on the way: write https://ses.example.com
directory.ses.access_key_id: missing (config.yaml:3); write the access key that may send, or set AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY
directory.ses.from: "nobody" is not an e-mail address (config.yaml:3)`},
		{"SMS without a sender", head + "  sms: {}\n", nil, `
directory.sms.webhook: missing (config.yaml:3); write directory.sms.webhook or directory.sms.sns`},
		{"half a key of AWS, and a token alone", head + "  ses: {region: us-east-1, access_key_id: A, from: a@example.com}\n  sms: {sns: {region: us-east-1, session_token: T}}\n", nil, `
directory.ses.secret_access_key: missing (config.yaml:3); directory.ses.access_key_id needs it
directory.sms.sns.access_key_id: missing (config.yaml:4); directory.sms.sns.session_token needs it`},
		{"two senders of SMS", head + "  sms:\n    sns: {region: us-east-1, access_key_id: A, secret_access_key: B}\n    webhook: {url: 'http://sms.example.com', secret: short}\n", nil, `
directory.sms.webhook: a second sender of SMS is not allowed (config.yaml:5); take out directory.sms.sns or directory.sms.webhook
directory.sms.webhook.url: "http://sms.example.com" is not an https URL (config.yaml:5); plain http is allowed for localhost only, because others could read sign-in secrets on the way: write https://sms.example.com
directory.sms.webhook.secret: too short is not at least 32 characters (config.yaml:5); openssl rand -hex 32 makes one`},
		{"mail", head + "  smtp:\n    from: nobody\n    password: s3cret\n    tls: none\n    port: 70000\n", nil, `
directory.smtp.host: missing (config.yaml:3); write the host of the mail server
directory.smtp.username: missing (config.yaml:3); directory.smtp.password needs it
directory.smtp.from: "nobody" is not an e-mail address (config.yaml:4)
directory.smtp.tls: "none" is not secure enough for a login (config.yaml:6); others could read the password on the way: write starttls or implicit
directory.smtp.port: "70000" is not a port from 1 to 65535 (config.yaml:7)`},
		{"a pool of another region", head + "  pools:\n    - id: eu-west-1_Staff0001\n      name: staff\n", nil,
			`directory.pools[0].id: "eu-west-1_Staff0001" is not the id of a pool in the region us-east-1 (config.yaml:4); did you mean "us-east-1_Staff0001"?`},
		{"no id of a pool", head + "  pools:\n    - id: staff\n      name: staff\n    - name: ''\n", nil, `
directory.pools[0].id: "staff" is not the id of a pool (config.yaml:4); it is us-east-1_ followed by letters and digits, at most 55 characters in all
directory.pools[1].id: missing (config.yaml:6); write us-east-1_ followed by letters and digits
directory.pools[1].name: missing (config.yaml:6); write a name for the pool`},
		{"domains", head + "  pools:\n    - {id: us-east-1_A, name: a, domain: Staff}\n    - {id: us-east-1_B, name: b, domain: staff}\n", nil, `
directory.pools[0].domain: "Staff" is not the prefix of a domain (config.yaml:4); use lower-case letters, digits and hyphens, at most 63
directory.pools[1].domain: "staff" is not a full host name (config.yaml:5); a prefix needs directory.domain_suffix`},
		{"domains that no pool can have", head + "  domain_suffix: auth.example.com\n  pools:\n    - {id: us-east-1_A, name: a, domain: my-cognito}\n    - {id: us-east-1_B, name: b, domain: my_app.example.org}\n    - {id: us-east-1_C, name: c, domain: 192.0.2.1}\n    - {id: us-east-1_D, name: d, domain: Login.Example.org}\n", nil, `
directory.pools[0].domain: "my-cognito" is not the prefix of a domain (config.yaml:5); it holds the reserved word cognito
directory.pools[1].domain: "my_app.example.org" is not a host name (config.yaml:6)
directory.pools[2].domain: "192.0.2.1" is not the name of a domain (config.yaml:7); an IP address is none, and what stands between dots has at most 63 characters`},
		{"twice", head + "  domain_suffix: auth.example.com\n  pools:\n    - {id: us-east-1_A, name: a, domain: staff, groups: [x, x]}\n    - {id: us-east-1_A, name: b, domain: staff}\n", nil, `
directory.pools[0].groups[1]: "x" is already used at directory.pools[0].groups[0] (config.yaml:5)
directory.pools[1].id: "us-east-1_A" is already used at directory.pools[0].id (config.yaml:6)
directory.pools[1].domain: "staff" is already used at directory.pools[0].domain (config.yaml:6)`},
		{"a client", head + `  pools:
    - id: us-east-1_A
      name: a
      clients:
        - id: no spaces
          secret: s3cret
          callback_urls: ['http://app.example.com/cb', 'javascript:alert(1)', 'https://app.example.com/#x', 'myapp://callback']
          flows: [client_credentials, code]
          auth_flows: [ALLOW_USER_SRP]
`, nil, `
directory.pools[0].clients[0].id: "no spaces" is not the id of a client (config.yaml:7); use letters, digits, _ and +, at most 128
directory.pools[0].clients[0].secret: the secret is not a valid client secret (config.yaml:8); use letters, digits, _ and +, 24 to 64 of them
directory.pools[0].clients[0].callback_urls[1]: "javascript:alert(1)" is not a URL (config.yaml:9)
directory.pools[0].clients[0].callback_urls[0]: "http://app.example.com/cb" is not an https URL (config.yaml:9); plain http is allowed for localhost only, because others could read sign-in secrets on the way: write https://app.example.com/cb
directory.pools[0].clients[0].callback_urls[2]: "https://app.example.com/#x" is not a URL without a fragment (config.yaml:9)
directory.pools[0].clients[0].flows: "client_credentials,code" is not a set of flows that go together (config.yaml:10); client_credentials cannot be combined with other flows: create a second client for those
directory.pools[0].clients[0].auth_flows[0]: "ALLOW_USER_SRP" is not one of ALLOW_ADMIN_USER_PASSWORD_AUTH, ALLOW_CUSTOM_AUTH, ALLOW_REFRESH_TOKEN_AUTH, ALLOW_USER_AUTH, ALLOW_USER_PASSWORD_AUTH, ALLOW_USER_SRP_AUTH (config.yaml:11); did you mean "ALLOW_USER_SRP_AUTH"?`},
		{"refresh token rotation", head + `  pools:
    - id: us-east-1_A
      name: a
      clients:
        - {id: a, auth_flows: [ALLOW_USER_SRP_AUTH, ALLOW_REFRESH_TOKEN_AUTH], refresh_token_rotation: {enabled: true, grace_period: 61s}}
        - {id: b, refresh_token_rotation: {enabled: true, grace_period: 1500ms}}
        - {id: c, refresh_token_rotation: {enabled: true, grace_period: -1s}}
        - {id: d, refresh_token_rotation: {grace_period: 10s}}
        - {id: e, refresh_token_rotation: {enabled: true, grace_period: 60s}, auth_flows: [ALLOW_USER_SRP_AUTH]}
`, nil, `
directory.pools[0].clients[0].refresh_token_rotation.grace_period: "1m1s" is not a number of seconds from 0s to 60s (config.yaml:7)
directory.pools[0].clients[0].auth_flows[1]: "ALLOW_REFRESH_TOKEN_AUTH" is not a flow that goes with refresh_token_rotation (config.yaml:7); remove it: the client refreshes with GetTokensFromRefreshToken or at /oauth2/token
directory.pools[0].clients[1].refresh_token_rotation.grace_period: "1.5s" is not a number of seconds from 0s to 60s (config.yaml:8)
directory.pools[0].clients[2].refresh_token_rotation.grace_period: "-1s" is not a duration of 0 or more (config.yaml:9)
directory.pools[0].clients[3].refresh_token_rotation.enabled: missing (config.yaml:10); grace_period needs it: write true`},
		{"users", head + `  pools:
    - id: us-east-1_A
      name: a
      groups: [admins]
      users:
        - {username: alice, email: Alice <alice@example.com>, password: s3cret, groups: [admin]}
        - {username: alice}
`, nil, `
directory.pools[0].users[0].email: "Alice <alice@example.com>" is not an e-mail address (config.yaml:8)
directory.pools[0].users[0].groups[0]: "admin" is not a group of the pool (config.yaml:8); did you mean "admins"?
directory.pools[0].users[1].username: "alice" is already used at directory.pools[0].users[0].username (config.yaml:9)
directory.pools[0].users[1].password: missing (config.yaml:9); write a password`},
	})
}

func TestThreatProtectionThatIsWrong(t *testing.T) {
	checkAll(t, []wrong{{"a file without a name", "directory:\n  url: https://id.example.com\n  threat_protection: {compromised_passwords: [a.txt, '']}\n", nil,
		"directory.threat_protection.compromised_passwords[1]: missing (config.yaml:3); write the path of a file"}})
}

func TestLogDestinationsThatAreWrong(t *testing.T) {
	const head = "directory:\n  url: https://id.example.com\n  logs:\n"
	const arn = "arn: 'arn:aws:logs:us-east-1:000000000000:log-group:g'"
	checkAll(t, []wrong{
		{"nothing", head + "    - {arn: ''}\n", nil, `
directory.logs[0].arn: missing (config.yaml:4); write the ARN that pools name in SetLogDeliveryConfiguration
directory.logs[0].file: missing (config.yaml:4); write where the entries go: file, webhook_url or endpoint_url`},
		{"not a destination", head + "    - {arn: 'arn:aws:sns:us-east-1:000000000000:topic', file: a}\n", nil, `
directory.logs[0].arn: "arn:aws:sns:us-east-1:000000000000:topic" is not the ARN of a log group, a bucket or a stream (config.yaml:4); for example arn:aws:logs:us-east-1:000000000000:log-group:users, or arn:aws:logs:* for several`},
		{"a bucket at CloudWatch", head + "    - {arn: 'arn:aws:s3:::b', endpoint_url: 'https://logs.example.com', access_key_id: A, secret_access_key: B}\n", nil, `
directory.logs[0].endpoint_url: "https://logs.example.com" is not an address for this ARN (config.yaml:4); only log groups are at CloudWatch Logs: write file or webhook_url`},
		{"two places, and the ARN twice", head + "    - {" + arn + ", file: a, endpoint_url: 'https://logs.example.com', access_key_id: A, secret_access_key: B}\n    - {" + arn + ", file: a}\n", nil, `
directory.logs[0]: the destination is not in one place (config.yaml:4); write one of file, webhook_url and endpoint_url
directory.logs[1].arn: "arn:aws:logs:us-east-1:000000000000:log-group:g" is already used at directory.logs[0].arn (config.yaml:5)`},
		{"a device", head + "    - {" + arn + ", file: /dev/null}\n", nil, `
directory.logs[0].file: "/dev/null" is not a regular file (config.yaml:4); write the path of a file, which need not exist: a pipe or a device could block`},
		{"no keys", head + "    - {" + arn + ", endpoint_url: 'https://logs.example.com'}\n    - {arn: 'arn:aws:s3:::b', webhook_url: 'https://hooks.example.com'}\n", noInstance, `
directory.logs[0].access_key_id: missing (config.yaml:4); CloudWatch Logs recognises Gatehouse by it: write an access key, or set AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY
directory.logs[1].secret: missing (config.yaml:5); the receiver of a webhook recognises Gatehouse by it`},
		{"a short secret, plain http, half a key", head + "    - {" + arn + ", webhook_url: 'http://hooks.example.com', secret: short, access_key_id: A}\n", nil, `
directory.logs[0].webhook_url: "http://hooks.example.com" is not an https URL (config.yaml:4); plain http is allowed for localhost only, because others could read sign-in secrets on the way: write https://hooks.example.com
directory.logs[0].secret: the secret is not at least 32 characters long (config.yaml:4); openssl rand -hex 32 makes one
directory.logs[0].secret_access_key: missing (config.yaml:4); directory.logs[0].access_key_id needs it`},
	})
}

func TestFunctionsThatAreWrong(t *testing.T) {
	const head = "directory:\n  url: https://id.example.com\n  functions:\n"
	const arn = "arn: 'arn:aws:lambda:us-east-1:000000000000:function:f'"
	const secret = "secret: 0123456789abcdef0123456789abcdef"
	checkAll(t, []wrong{
		{"nothing", head + "    - {arn: ''}\n", nil, `
directory.functions[0].arn: missing (config.yaml:4); write the ARN that pools name in LambdaConfig
directory.functions[0].endpoint_url: missing (config.yaml:4); write where the function runs: endpoint_url or webhook_url`},
		{"not a function", head + "    - {arn: 'arn:aws:sns:us-east-1:000000000000:topic', endpoint_url: 'https://lambda.example.com'}\n    - {arn: '*', endpoint_url: 'https://lambda.example.com'}\n", nil, `
directory.functions[0].arn: "arn:aws:sns:us-east-1:000000000000:topic" is not the ARN of a Lambda function (config.yaml:4); for example arn:aws:lambda:us-east-1:000000000000:function:pre-token, or arn:aws:lambda:us-east-1:* for several
directory.functions[1].arn: "*" is not the ARN of a Lambda function (config.yaml:5); for example arn:aws:lambda:us-east-1:000000000000:function:pre-token, or arn:aws:lambda:us-east-1:* for several`},
		{"addresses", head + "    - {" + arn + ", endpoint_url: 'http://lambda.example.com'}\n    - {" + arn + ", webhook_url: 'https://hooks.example.com/#x', " + secret + "}\n", nil, `
directory.functions[0].endpoint_url: "http://lambda.example.com" is not an https URL (config.yaml:4); plain http is allowed for localhost only, because others could read sign-in secrets on the way: write https://lambda.example.com
directory.functions[1].webhook_url: "https://hooks.example.com/#x" is not a URL without a fragment (config.yaml:5)
directory.functions[1].arn: "arn:aws:lambda:us-east-1:000000000000:function:f" is already used at directory.functions[0].arn (config.yaml:5)`},
		{"codes in clear", head + "    - {" + arn + ", endpoint_url: 'https://lambda.example.com', clear_codes: true}\n", nil, `
directory.functions[0].clear_codes: true is not a key for this address (config.yaml:4); only a webhook gets codes in clear: its requests are signed`},
		{"two addresses", head + "    - {" + arn + ", endpoint_url: 'https://lambda.example.com', webhook_url: 'https://hooks.example.com', " + secret + "}\n", nil, `
directory.functions[0].webhook_url: "https://hooks.example.com" is not one address (config.yaml:4); a function has an endpoint_url or a webhook_url`},
		{"half a key", head + "    - {" + arn + ", endpoint_url: 'https://lambda.example.com', access_key_id: AKIA, " + secret + "}\n", nil, `
directory.functions[0].secret_access_key: missing (config.yaml:4); directory.functions[0].access_key_id needs it
directory.functions[0].secret: the secret is not a key for this address (config.yaml:4); only webhook_url takes a secret; endpoint_url takes an access key`},
		{"a webhook with a key", head + "    - {" + arn + ", webhook_url: 'https://hooks.example.com', access_key_id: AKIA, secret_access_key: x, " + secret + "}\n", nil, `
directory.functions[0].access_key_id: "AKIA" is not a key for this address (config.yaml:4); only endpoint_url takes an access key; a webhook has a secret`},
		{"a webhook without a secret", head + "    - {" + arn + ", webhook_url: 'https://hooks.example.com'}\n", nil, `
directory.functions[0].secret: missing (config.yaml:4); the receiver of a webhook recognises Gatehouse by it`},
		{"a short secret", head + "    - {" + arn + ", webhook_url: 'https://hooks.example.com', secret: short}\n", nil, `
directory.functions[0].secret: the secret is not at least 32 characters long (config.yaml:4); openssl rand -hex 32 makes one`},
	})
}

func TestAccessThatIsWrong(t *testing.T) {
	checkAll(t, []wrong{
		{"nothing", "access: {}\n", nil,
			"access.team_domain: missing (config.yaml:1); write the host at which people sign in"},
		{"a provider of nothing", "access:\n  team_domain: team.example.com\n  account_id: abc\n  identity_providers:\n    - config: {}\n", nil, `
access.account_id: "abc" is not 32 hexadecimal digits (config.yaml:3)
access.identity_providers[0].name: missing (config.yaml:5); write the name that people see when they choose
access.identity_providers[0].type: missing (config.yaml:5); write oidc
access.identity_providers[0].config.client_id: missing (config.yaml:5); write the id of the client that is registered at the provider
access.identity_providers[0].config.client_secret: missing (config.yaml:5); write the secret of that client
access.identity_providers[0].config.auth_url: missing (config.yaml:5); write the URL that the provider names
access.identity_providers[0].config.token_url: missing (config.yaml:5); write the URL that the provider names
access.identity_providers[0].config.certs_url: missing (config.yaml:5); write the URL that the provider names`},
		{"another type", "access:\n  team_domain: https://team.example.com/x\n  identity_providers:\n    - {type: saml, name: SAML, id: 7, config: {client_id: a, client_secret: s3cret, scopes: [email], auth_url: 'http://id.example.com', token_url: 'https://id.example.com', certs_url: 'https://id.example.com'}}\n", nil, `
access.team_domain: "https://team.example.com/x" is not a URL with a scheme and a host only (config.yaml:2); did you mean "https://team.example.com"?
access.identity_providers[0].type: "saml" is not oidc (config.yaml:4)
access.identity_providers[0].id: "7" is not a UUID (config.yaml:4)
access.identity_providers[0].config.auth_url: "http://id.example.com" is not an https URL (config.yaml:4); plain http is allowed for localhost only, because others could read sign-in secrets on the way: write https://id.example.com
access.identity_providers[0].config.scopes: "email" is not a list of scopes with openid (config.yaml:4); without openid the provider issues no ID token`},
	})
}

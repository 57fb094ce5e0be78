package e2e

import (
	"regexp"
	"slices"
	"testing"
)

// typed is a command as somebody types it after `aws cognito-idp`, and what they
// see. $name stands for what the command of that name printed.
type typed struct {
	name    string
	command string
	prints  string // a regular expression of all that is printed
	fails   bool
}

// commands are those of the documentation's examples, with its kinds of parameters.
var commands = []typed{
	{"pool", `create-user-pool --pool-name demo --policies "PasswordPolicy={MinimumLength=8,RequireUppercase=true,RequireLowercase=true,RequireNumbers=true,RequireSymbols=false}" --auto-verified-attributes email --alias-attributes email --query UserPool.Id --output text`, `us-east-1_\w{9}`, false},
	{"arn", `describe-user-pool --user-pool-id $pool --query UserPool.Arn --output text`, `arn:aws:cognito-idp:us-east-1:\d{12}:userpool/us-east-1_\w{9}`, false},
	{"", `describe-user-pool --user-pool-id $pool --query "UserPool.[Name,MfaConfiguration,AccountRecoverySetting.RecoveryMechanisms[0].Name]" --output text`, "demo\tOFF\tverified_email", false},
	{"", `update-user-pool --user-pool-id $pool --user-pool-tags Team=Blue --auto-verified-attributes email`, ``, false},
	{"", `list-user-pools --max-results 10 --query "UserPools[].Name" --output text`, `demo`, false},
	{"", `tag-resource --resource-arn $arn --tags Area=West`, ``, false},
	{"", `list-tags-for-resource --resource-arn $arn --query "Tags.[Team,Area]" --output text`, "Blue\tWest", false},
	{"", `untag-resource --resource-arn $arn --tag-keys Area`, ``, false},
	{"", `add-custom-attributes --user-pool-id $pool --custom-attributes Name="CustomAttr1",AttributeDataType="String",DeveloperOnlyAttribute=false,Required=false,StringAttributeConstraints={MinLength=1,MaxLength=15}`, ``, false},
	{"client", `create-user-pool-client --user-pool-id $pool --client-name web --no-generate-secret --explicit-auth-flows ALLOW_USER_PASSWORD_AUTH ALLOW_REFRESH_TOKEN_AUTH --query UserPoolClient.ClientId --output text`, `\w{26}`, false},
	{"", `update-user-pool-client --user-pool-id $pool --client-id $client --client-name web2 --explicit-auth-flows ALLOW_USER_PASSWORD_AUTH ALLOW_REFRESH_TOKEN_AUTH --supported-identity-providers COGNITO --allowed-o-auth-flows code --allowed-o-auth-scopes openid email --callback-urls myapp://callback --allowed-o-auth-flows-user-pool-client --query "UserPoolClient.[ClientName,CallbackURLs[0]]" --output text`, "web2\tmyapp://callback", false},
	{"", `list-user-pool-clients --user-pool-id $pool --max-results 10 --query "UserPoolClients[].ClientName" --output text`, `web2`, false},
	{"", `create-resource-server --user-pool-id $pool --identifier weather.example.com --name Weather --scopes ScopeName=weather.read,ScopeDescription="Retrieve weather information" --query "ResourceServer.Scopes[0].ScopeDescription" --output text`, `Retrieve weather information`, false},
	{"", `create-group --user-pool-id $pool --group-name MyNewGroup --description "New group." --query Group.Description --output text`, `New group\.`, false},
	{"", `update-group --user-pool-id $pool --group-name MyNewGroup --precedence 5 --query "Group.[Description,Precedence]" --output text`, "New group\\.\t5", false},
	{"", `create-group --user-pool-id $pool --group-name MyNewGroup`, `.* \(GroupExistsException\) when calling the CreateGroup operation: .+`, true},
	{"", `sign-up --client-id $client --username carol --password Right-Horse-7 --user-attributes Name=email,Value=carol@example.com --query "[UserConfirmed,CodeDeliveryDetails.Destination]" --output text`, "False\tc\\*\\*\\*@e\\*\\*\\*", false},
	{"", `sign-up --client-id $client --username carol --password Right-Horse-7 --user-attributes Name=email,Value=carol@example.com`, `.*\(UsernameExistsException\) when calling the SignUp operation: User already exists`, true},
	{"", `confirm-sign-up --client-id $client --username carol --confirmation-code 000000`, `.*\(CodeMismatchException\) when calling the ConfirmSignUp operation: Invalid verification code provided, please try again\.`, true},
	{"", `admin-confirm-sign-up --user-pool-id $pool --username carol`, ``, false},
	{"", `admin-create-user --user-pool-id $pool --username diego --user-attributes Name=email,Value=diego@example.com Name=email_verified,Value=true --message-action SUPPRESS --query User.UserStatus --output text`, `FORCE_CHANGE_PASSWORD`, false},
	{"", `admin-create-user --cli-input-json '{"UserPoolId": "$pool", "Username": "erika", "MessageAction": "SUPPRESS"}' --query User.Username --output text`, `erika`, false},
	{"", `admin-set-user-password --user-pool-id $pool --username diego --password Right-Horse-7 --permanent`, ``, false},
	{"", `admin-get-user --user-pool-id $pool --username diego@example.com --query "[Username,UserStatus,Enabled]" --output text`, "diego\tCONFIRMED\tTrue", false},
	{"", `admin-get-user --user-pool-id $pool --username nobody`, `.*\(UserNotFoundException\) when calling the AdminGetUser operation: User does not exist\.`, true},
	{"", `admin-update-user-attributes --user-pool-id $pool --username diego --user-attributes Name=custom:CustomAttr1,Value=Purple Name=name,Value=Diego`, ``, false},
	{"", `admin-delete-user-attributes --user-pool-id $pool --username diego --user-attribute-names name`, ``, false},
	{"", `admin-disable-user --user-pool-id $pool --username erika`, ``, false},
	{"", `admin-enable-user --user-pool-id $pool --username erika`, ``, false},
	{"", `admin-add-user-to-group --user-pool-id $pool --username diego --group-name MyNewGroup`, ``, false},
	{"", `list-users-in-group --user-pool-id $pool --group-name MyNewGroup --query "Users[].Username" --output text`, `diego`, false},
	{"", `admin-list-groups-for-user --user-pool-id $pool --username diego --query "Groups[].GroupName" --output text`, `MyNewGroup`, false},
	{"", `list-users --user-pool-id $pool --filter "email ^= \"die\"" --attributes-to-get email --query "Users[].Attributes[0].Value" --output text`, `diego@example\.com`, false},
	{"", `list-users --user-pool-id $pool --page-size 1 --query "length(Users)"`, `3`, false},
	{"next", `list-users --user-pool-id $pool --max-items 1 --query NextToken`, `"\S+"`, false},
	{"", `list-users --user-pool-id $pool --starting-token $next --query "[length(Users),NextToken]"`, `\[\s*2,\s*null\s*\]`, false},
	{"", `list-groups --user-pool-id $pool --max-items 5 --query "Groups[].Precedence" --output text`, `5`, false},
	{"access", `initiate-auth --auth-flow USER_PASSWORD_AUTH --client-id $client --auth-parameters USERNAME=diego,PASSWORD=Right-Horse-7 --query AuthenticationResult.AccessToken --output text`, `ey[\w-]+\.[\w-]+\.[\w-]+`, false},
	{"", `initiate-auth --auth-flow USER_PASSWORD_AUTH --client-id $client --auth-parameters USERNAME=diego,PASSWORD=wrong`, `.*\(NotAuthorizedException\) when calling the InitiateAuth operation: Incorrect username or password\.`, true},
	{"", "get-user --access-token $access --query \"UserAttributes[?Name=='email'].Value\" --output text", `diego@example\.com`, false},
	{"", `update-user-attributes --access-token $access --user-attributes Name=nickname,Value=Di`, `\{\s*"CodeDeliveryDetailsList": \[\]\s*\}|\{\}|`, false},
	{"", `change-password --access-token $access --previous-password Right-Horse-7 --proposed-password Right-Horse-8`, ``, false},
	{"", `set-user-pool-mfa-config --user-pool-id $pool --mfa-configuration OPTIONAL --software-token-mfa-configuration Enabled=true --query "[MfaConfiguration,SoftwareTokenMfaConfiguration.Enabled]" --output text`, "OPTIONAL\tTrue", false},
	{"", `associate-software-token --access-token $access --query SecretCode --output text`, `[A-Z2-7]{32,}`, false},
	{"refresh", `initiate-auth --auth-flow USER_PASSWORD_AUTH --client-id $client --auth-parameters USERNAME=diego,PASSWORD=Right-Horse-8 --query AuthenticationResult.RefreshToken --output text`, `\S+`, false},
	{"", `initiate-auth --auth-flow REFRESH_TOKEN_AUTH --client-id $client --auth-parameters REFRESH_TOKEN=$refresh --query "AuthenticationResult.[TokenType,ExpiresIn,RefreshToken]" --output text`, "Bearer\t3600\tNone", false},
	{"", `revoke-token --client-id $client --token $refresh`, ``, false},
	{"", `initiate-auth --auth-flow REFRESH_TOKEN_AUTH --client-id $client --auth-parameters REFRESH_TOKEN=$refresh`, `.*\(NotAuthorizedException\) when calling the InitiateAuth operation: Refresh Token has been revoked`, true},
	{"", `admin-user-global-sign-out --user-pool-id $pool --username diego`, ``, false},
	{"", `get-user --access-token $access`, `.*\(NotAuthorizedException\) when calling the GetUser operation: Access Token has been revoked`, true},
	{"", `create-user-pool-domain --user-pool-id $pool --domain cli-demo`, `(\{\s*\})?`, false},
	{"", `describe-user-pool-domain --domain cli-demo --query "DomainDescription.[Status,UserPoolId]" --output text`, "ACTIVE\tus-east-1_\\w{9}", false},
	{"", `set-ui-customization --user-pool-id $pool --client-id ALL --css ".label-customizable{color:#00ff00;}" --query UICustomization.CSS --output text`, `\.label-customizable\{color:#00ff00;\}`, false},
	{"", `create-identity-provider --user-pool-id $pool --provider-name Google --provider-type Google --provider-details '{"client_id": "x", "client_secret": "y", "authorize_scopes": "email"}' --attribute-mapping email=email --query IdentityProvider.ProviderDetails.token_request_method --output text`, `POST`, false},
	{"", `list-identity-providers --user-pool-id $pool --query "Providers[].ProviderName" --output text`, `Google`, false},
	{"", `get-signing-certificate --user-pool-id $pool --query Certificate --output text`, `MII[\w+/=]+`, false},
	{"", `get-csv-header --user-pool-id $pool --query "CSVHeader[0]" --output text`, `name`, false},
	{"", `list-user-import-jobs --user-pool-id $pool --max-results 10 --query "length(UserImportJobs)"`, `0`, false},
	{"", `describe-user-pool --user-pool-id us-east-1_aaaaaaaaa`, `.*\(ResourceNotFoundException\) when calling the DescribeUserPool operation: User pool us-east-1_aaaaaaaaa does not exist\.`, true},
	{"", `delete-user-pool --user-pool-id $pool`, `.*\(InvalidParameterException\) when calling the DeleteUserPool operation: .+`, true},
	{"", `delete-user-pool-domain --user-pool-id $pool --domain cli-demo`, `(\{\s*\})?`, false},
	{"", `admin-delete-user --user-pool-id $pool --username erika`, ``, false},
	{"", `delete-group --user-pool-id $pool --group-name MyNewGroup`, ``, false},
	{"", `delete-user-pool-client --user-pool-id $pool --client-id $client`, ``, false},
	{"", `delete-user-pool --user-pool-id $pool`, ``, false},
	{"", `list-user-pools --max-results 10 --query "length(UserPools)"`, `0`, false},
}

// TestAWSCommands types the commands.
func TestAWSCommands(t *testing.T) {
	d := newDirectory(t, sqlite, "")
	script := pythonScript{name: "cli.py", module: "awscli", env: append(awsEnvironment(d.accessKey(t)), "ENDPOINT="+d.url)}
	for _, c := range commands {
		script.input += c.name + "\t" + c.command + "\n"
	}
	results := decode[[]struct {
		Code     int
		Out, Err string
	}](t, script.run(t))
	for i, c := range commands {
		got, codes := results[i].Out, []int{0}
		if c.fails {
			got, codes = results[i].Err, []int{254, 255} // of version 2 and version 1 of the CLI
		}
		if !slices.Contains(codes, results[i].Code) || !regexp.MustCompile(`^(?:`+c.prints+`)$`).MatchString(got) {
			t.Errorf("%s: exit %d, printed %q %q; want %d, %s", c.command, results[i].Code, results[i].Out, results[i].Err, codes, c.prints)
		}
	}
}

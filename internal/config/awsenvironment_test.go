package config

import "testing"

func TestAWSEnvironment(t *testing.T) {
	tests := map[string]struct {
		environ []string
		want    AWSEnvironment
		given   bool
	}{
		"nothing":                 {},
		"a key":                   {[]string{"AWS_ACCESS_KEY_ID=A", "AWS_SECRET_ACCESS_KEY=B=C"}, AWSEnvironment{AccessKeyID: "A", SecretAccessKey: "B=C"}, true},
		"half a key":              {[]string{"AWS_ACCESS_KEY_ID=A", "AWS_SESSION_TOKEN=T"}, AWSEnvironment{}, false},
		"a temporary key":         {[]string{"AWS_ACCESS_KEY_ID=A", "AWS_SECRET_ACCESS_KEY=B", "AWS_SESSION_TOKEN=T"}, AWSEnvironment{AccessKeyID: "A", SecretAccessKey: "B", SessionToken: "T"}, true},
		"a container of ECS":      {[]string{"AWS_CONTAINER_CREDENTIALS_RELATIVE_URI=/v2/x"}, AWSEnvironment{ContainerURL: "http://169.254.170.2/v2/x"}, true},
		"another host":            {[]string{"AWS_CONTAINER_CREDENTIALS_RELATIVE_URI=@evil.example.com/"}, AWSEnvironment{}, false},
		"a pod of EKS":            {[]string{"AWS_CONTAINER_CREDENTIALS_FULL_URI=http://169.254.170.23/v1/credentials", "AWS_CONTAINER_AUTHORIZATION_TOKEN_FILE=/t"}, AWSEnvironment{ContainerURL: "http://169.254.170.23/v1/credentials", ContainerTokenFile: "/t"}, true},
		"with TLS":                {[]string{"AWS_CONTAINER_CREDENTIALS_FULL_URI=https://keys.example.com/", "AWS_CONTAINER_AUTHORIZATION_TOKEN=x"}, AWSEnvironment{ContainerURL: "https://keys.example.com/", ContainerToken: "x"}, true},
		"without TLS":             {[]string{"AWS_CONTAINER_CREDENTIALS_FULL_URI=http://keys.example.com/"}, AWSEnvironment{}, false},
		"a service account":       {[]string{"AWS_ROLE_ARN=r", "AWS_WEB_IDENTITY_TOKEN_FILE=/t", "AWS_REGION=eu-central-1"}, AWSEnvironment{WebIdentity: WebIdentity{"r", "gatehouse", "/t", "https://sts.eu-central-1.amazonaws.com/"}}, true},
		"in China":                {[]string{"AWS_ROLE_ARN=r", "AWS_WEB_IDENTITY_TOKEN_FILE=/t", "AWS_DEFAULT_REGION=cn-north-1", "AWS_ROLE_SESSION_NAME=s"}, AWSEnvironment{WebIdentity: WebIdentity{"r", "s", "/t", "https://sts.cn-north-1.amazonaws.com.cn/"}}, true},
		"a region that is a host": {[]string{"AWS_ROLE_ARN=r", "AWS_WEB_IDENTITY_TOKEN_FILE=/t", "AWS_REGION=evil.example.com/x-1"}, AWSEnvironment{WebIdentity: WebIdentity{"r", "gatehouse", "/t", "https://sts.amazonaws.com/"}}, true},
		"a role without a token":  {[]string{"AWS_ROLE_ARN=r"}, AWSEnvironment{}, false},
		"an instance of EC2":      {[]string{"AWS_EC2_METADATA_DISABLED="}, AWSEnvironment{InstanceURL: "http://169.254.169.254"}, true},
		"one with IPv6":           {[]string{"AWS_EC2_METADATA_DISABLED=no", "AWS_EC2_METADATA_SERVICE_ENDPOINT_MODE=IPv6"}, AWSEnvironment{InstanceURL: "http://[fd00:ec2::254]"}, true},
		"one at another address":  {[]string{"AWS_EC2_METADATA_DISABLED=", "AWS_EC2_METADATA_SERVICE_ENDPOINT=http://127.0.0.1:1338", "AWS_EC2_METADATA_SERVICE_ENDPOINT_MODE=IPv6"}, AWSEnvironment{InstanceURL: "http://127.0.0.1:1338"}, true},
		"one that is not asked":   {[]string{"AWS_EC2_METADATA_DISABLED=TRUE", "AWS_EC2_METADATA_SERVICE_ENDPOINT=http://127.0.0.1:1338"}, AWSEnvironment{}, false},
		"a host like a known":     {[]string{"AWS_CONTAINER_CREDENTIALS_FULL_URI=http://169.254.170.23.example.com/"}, AWSEnvironment{}, false},
	}
	for name, tt := range tests {
		environ := append([]string{"AWS_EC2_METADATA_DISABLED=true"}, tt.environ...)
		if got := awsEnvironment(environ); got != tt.want || got.Given() != tt.given {
			t.Errorf("%s: %+v, given %t", name, got, got.Given())
		}
	}
}

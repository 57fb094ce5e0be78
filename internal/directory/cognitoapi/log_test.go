package cognitoapi

import (
	"bytes"
	"log/slog"
	"net/http/httptest"
	"strings"
	"testing"

	"gatehouse/internal/base/web"
)

// The log has one line for each request. It has the cause that the caller does not
// get, and no values of the request.
func TestLogLine(t *testing.T) {
	place(t)
	tests := []struct {
		operation, body string
		want, no        []string
	}{
		{"AdminGetUser", `{"UserPoolId":"us-east-1_A","Username":"broken"}`,
			[]string{`"level":"ERROR"`, `"edge":"cognitoapi"`, `"operation":"AdminGetUser"`, `"access_key":"AKIDEXAMPLE"`, `"exception":"InternalErrorException"`, "disk 7 on host db3"}, nil},
		{"AdminGetUser", `{"UserPoolId":"us-east-1_A","Username":"nobody"}`, []string{`"level":"INFO"`, `"exception":"UserNotFoundException"`, "no row"}, nil},
		{"InitiateAuth", `{"AuthFlow":"USER_PASSWORD_AUTH","ClientId":"abc","AuthParameters":{"PASSWORD":"hunter2"}}`,
			[]string{`"exception":"NotAuthorizedException"`}, []string{"hunter2", "access_key"}},
		{"SignUp", `{"ClientId":"abc","Username":"alice smith","Password":" hunter2"}`,
			[]string{`"exception":"InvalidParameterException"`, "password: Member must satisfy"}, []string{"hunter2", "alice"}},
		{"ConfirmSignUp", `{"ClientId":"abc","Username":"alice","ConfirmationCode":"123 456"}`, []string{"confirmationCode"}, []string{"123 456"}},
	}
	for _, tt := range tests {
		var log bytes.Buffer
		observer := &web.Observer{Log: slog.New(slog.NewJSONHandler(&log, nil))}
		r := httptest.NewRequest("POST", "/", strings.NewReader(tt.body))
		r.Header.Set("Content-Type", contentType)
		r.Header.Set("X-Amz-Target", targetPrefix+tt.operation)
		r.Header.Set("Authorization", "AKIDEXAMPLE")
		w := httptest.NewRecorder()
		observer.Wrap(newServer()).ServeHTTP(w, r)
		for _, text := range append(tt.want, `"request_id":"`+w.Header().Get("x-amzn-RequestId")+`"`) {
			if !strings.Contains(log.String(), text) {
				t.Errorf("%s: no %s in %s", tt.operation, text, &log)
			}
		}
		for _, text := range tt.no {
			if strings.Contains(log.String(), text) {
				t.Errorf("%s: %q in %s", tt.operation, text, &log)
			}
		}
	}
}

package dev.rill.chat.answer;

import static org.assertj.core.api.Assertions.assertThat;

import dev.rill.chat.protocol.Json;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class RequestEchoTest {

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "tools     | [{'type':'function','name':'f'}] | [{'type':'function','name':'f','description':null,'parameters':null,'strict':null}]",
                "tools     | [{'type':'function','strict':true,'description':'d','parameters':{}}] | [{'type':'function','strict':true,'description':'d','parameters':{}}]",
                "tools     | [{'type':'web_search'}]          | [{'type':'web_search'}]",
                "reasoning | {'effort':'low'}                 | {'effort':'low','summary':null}",
                "reasoning | {}                               | {'effort':null,'summary':null}",
                "text      | {'verbosity':'low'}              | {'verbosity':'low','format':{'type':'text'}}",
                "text      | {'format':null}                  | {'format':{'type':'text'}}",
                "text      | {'format':{'type':'json_object'}} | {'format':{'type':'json_object'}}",
                "metadata  | {'a':'b'}                        | {'a':'b'}"
            })
    void echoHasTheRequestAndTheMissingMembers(String field, String requested, String echo) {
        assertThat(Json.write(RequestEcho.of(
                        field, Json.find(requested.replace('\'', '"')).orElseThrow())))
                .isEqualTo(echo.replace('\'', '"'));
    }
}

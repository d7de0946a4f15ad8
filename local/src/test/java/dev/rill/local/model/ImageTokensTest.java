package dev.rill.local.model;

import static org.assertj.core.api.Assertions.assertThat;

import java.awt.image.BufferedImage;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.util.Base64;
import javax.imageio.ImageIO;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Images count in usage by their size, not by the length of their data. */
class ImageTokensTest {

    @ParameterizedTest
    @CsvSource({
        "png, 10, 10, 255",
        "png, 512, 512, 255",
        "png, 513, 512, 425",
        "png, 1024, 1024, 765",
        "jpg, 1024, 1024, 765",
        "gif, 640, 480, 425",
        "png, 2048, 4096, 1105",
        "bmp, 300, 300, 255"
    })
    void imageCountsByItsSize(String format, int width, int height, int tokens) throws Exception {
        assertThat(tokens("'image_url':'" + dataUrl(format, width, height) + "'"))
                .isEqualTo(tokens);
    }

    @Test
    void lowDetailCountsTheBase() throws Exception {
        assertThat(tokens("'detail':'low','image_url':'" + dataUrl("png", 1024, 1024) + "'"))
                .isEqualTo(85);
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "'image_url':'https://example.org/river.png'",
                "'file_id':'file_1'",
                "'image_url':'data:image/png;base64,???'",
                "'image_url':'data:image/png;base64,'",
                "'image_url':'data:image/webp;base64,UklGRgAAAABXRUJQ'",
                "'image_url':'data:image/png;base64,iVBORw0KGgoAAAAN'"
            })
    void imageOfUnknownSizeCountsAs1024By1024(String image) {
        assertThat(tokens(image)).isEqualTo(765);
    }

    @Test
    void imageOfAFunctionsOutputCountsToo() {
        var output = "{'type':'function_call_output','call_id':'c','output':["
                + "{'type':'input_image','image_url':'https://example.org/river.png'}]}";
        var text = "{'type':'function_call_output','call_id':'c','output':[{'type':'input_image','image_url':''}]}";

        assertThat(input(output)).isEqualTo(input(text)).isGreaterThan(765);
    }

    /** The tokens of the image, without those of the JSON around it. */
    private static int tokens(String image) {
        var field = image.replaceAll("'(image_url)':'[^']*'", "'$1':''");
        var around = "{'role':'user','content':[{'type':'input_text'," + field + "}]}";
        return input("{'role':'user','content':[{'type':'input_image'," + image + "}]}")
                - input(around.replace("input_text", "other_image"));
    }

    private static int input(String item) {
        return new ResponseRequest(ComposedAnswer.json("{'input':[" + item + "]}")).inputTokens();
    }

    private static String dataUrl(String format, int width, int height) throws IOException {
        var bytes = new ByteArrayOutputStream();
        assertThat(ImageIO.write(new BufferedImage(width, height, BufferedImage.TYPE_INT_RGB), format, bytes))
                .isTrue();
        return "data:image/" + format + ";base64," + Base64.getEncoder().encodeToString(bytes.toByteArray());
    }
}

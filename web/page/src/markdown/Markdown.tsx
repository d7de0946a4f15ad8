import { type CSSProperties, memo, type ReactNode, useEffect, useLayoutEffect, useMemo, useRef, useState } from "react";
import { BlockView } from "./BlockView.js";
import { type BlockGroup, type BlockSection, BlockStream, type Snapshot } from "./block-stream.js";
import { LongTextContext, PrintingContext, useHeightAway, usePrinting } from "./height-away.js";
import { englishLabels, type MarkdownLabels, SettingsContext } from "./labels.js";
import { browserFrames, type FrameClock, Pace } from "./pacing.js";

export interface MarkdownProps {
  /** All of the text so far */
  text: string;
  /** Whether text will be added; half-written Markdown at its end is completed meanwhile */
  streaming: boolean;
  /** Level, 1 to 6, of the text's outermost headings; default 3. Deeper headings follow without gaps. */
  headingLevel?: number;
  /** Words of the page's language; default English */
  labels?: MarkdownLabels;
  /** For tests; default the browser's animation frames */
  frames?: FrameClock;
}

/** Characters that are rendered at once when a text is shown for the first time. */
const firstCharacters = 2_000;

/** Sections, of about 100 KB each, of a text that stays in the document as a whole, where the browser can search it. */
const longText = 6;

/**
 * Shows Markdown while it is written. Additions are rendered once a frame, and long ones over several frames. HTML in
 * the text is shown as text.
 */
export function Markdown(props: MarkdownProps): ReactNode {
  const { text, streaming, headingLevel = 3, labels = englishLabels, frames = browserFrames } = props;
  const sections = useSections(text, streaming, frames);
  const settings = useMemo(() => ({ labels, headingLevel }), [labels, headingLevel]);
  const printing = usePrinting();
  const long = useRef(false);
  useEffect(() => {
    long.current = sections.length > longText;
  });
  return (
    <LongTextContext value={long}>
      <PrintingContext value={printing}>
        <SettingsContext value={settings}>
          <div className="markdown">
            {sections.map((section) => (
              <Section key={section.key} section={section} />
            ))}
          </div>
        </SettingsContext>
      </PrintingContext>
    </LongTextContext>
  );
}

function useSections(text: string, streaming: boolean, frames: FrameClock): readonly BlockSection[] {
  const newest = useRef({ text, streaming });
  const [stream] = useState(() => new BlockStream());
  const [pace] = useState(() => new Pace());
  const [snapshot, setSnapshot] = useState<Snapshot>(() => stream.update(text, !streaming, firstCharacters));
  const cancel = useRef<(() => void) | undefined>(undefined);
  const started = useRef<{ at: number; characters: number } | undefined>(undefined);

  useLayoutEffect(() => {
    // The time of a frame is that of reading and of rendering.
    if (started.current) pace.record(started.current.characters, frames.now() - started.current.at);
    started.current = undefined;
  });

  useEffect(() => {
    newest.current = { text, streaming };
    const render = () => {
      cancel.current = undefined;
      const { text, streaming } = newest.current;
      const characters = pace.characters;
      started.current = { at: frames.now(), characters };
      const next = stream.update(text, !streaming, characters);
      setSnapshot(next);
      if (!next.complete) cancel.current = frames.nextFrame(render);
    };
    cancel.current ??= frames.nextFrame(render);
  }, [text, streaming, stream, pace, frames]);

  useEffect(
    () => () => {
      cancel.current?.();
      cancel.current = undefined;
    },
    [],
  );
  return snapshot.sections;
}

const Section = memo(
  ({ section }: { section: BlockSection }) => (
    <div className="markdown-section" style={heightOf(section)}>
      {section.groups.map((group) => (
        <Group key={group.key} group={group} />
      ))}
    </div>
  ),
  (before, after) => before.section === after.section,
);

const Group = memo(
  ({ group }: { group: BlockGroup }) => {
    const element = useRef<HTMLDivElement>(null);
    const height = useHeightAway(element, group.sealed, `${group.lines}lh`);
    const away = height !== undefined;
    return (
      <div
        ref={element}
        className="markdown-group"
        style={away ? { ...heightOf(group), minBlockSize: height } : heightOf(group)}
      >
        {!away && group.blocks.map((block) => <BlockView key={block.key} block={block} />)}
      </div>
    );
  },
  (before, after) => before.group === after.group,
);

/** The height of what is skipped: the last one, once it was laid out and grows no more; before that, an estimate. */
function heightOf({ sealed, lines }: BlockGroup | BlockSection): CSSProperties {
  return { containIntrinsicBlockSize: sealed ? `auto ${lines}lh` : `${lines}lh` };
}

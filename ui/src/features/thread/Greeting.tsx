import { strings } from "./strings";

function greeting(hour: number): string {
  const { morning, day, evening } = strings.greetings;
  if (hour >= 4 && hour < 12) return morning;
  return hour >= 12 && hour < 18 ? day : evening;
}

/** What an empty thread says. */
export function Greeting({ answers, hasFiles }: { answers: string; hasFiles: boolean }) {
  return (
    <div className="enter m-auto flex max-w-100 flex-col gap-3 py-8 text-center">
      <p className="font-greeting text-greet">{greeting(new Date().getHours())}</p>
      <p className="text-read text-muted text-balance">{hasFiles ? strings.filesOnly : strings.greeting}</p>
      <p className="text-note text-muted">{strings.answering(answers)}</p>
    </div>
  );
}

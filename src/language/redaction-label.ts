/** What is shown in place of what is hidden; a number word or a digit becomes a '#'. */
export type Label = '[name]' | '[address]' | '[date]' | '[email]' | '#';

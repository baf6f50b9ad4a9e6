export { Icon, type IconName } from './icon';
export { Dialog } from './dialog';
export { TextField, SelectField, CheckField, Button } from './field';
export { Notice, Trouble, Figure, Figures, Rows, Row, Card, Badge, AddressText, Waiting, type Tone } from './parts';
